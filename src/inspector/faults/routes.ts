import { z } from 'zod'
import { json, problem } from '../http/reply.ts'
import type { Route } from '../http/routes.ts'
import type { FaultRequest } from '../wire.ts'
import type { Faults } from './faults.ts'
import { Refusal } from './refusal.ts'

const maxDelayMs = 60_000

const target = { conversationId: z.string().exactOptional() }

const requestSchema: z.ZodType<FaultRequest> = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('slow'),
    /** 0 ends it. */
    delayMs: z.number().int().min(0).max(maxDelayMs),
    ...target,
  }),
  z.strictObject({
    action: z.enum(['kill', 'stop', 'continue', 'cut', 'restart', 'disable', 'enable']),
    ...target,
  }),
])

/** `faults`: absent where nobody may break anything. */
export function faultRoutes(faults: Faults | undefined): Route[] {
  return [
    {
      method: 'POST',
      path: /^\/api\/servers\/([^/]+)\/fault$/,
      answer: ({ parameters: [name = ''], body }) => {
        if (!faults) return problem(403, 'This page may not break servers; start it with --allow-faults.')
        const request = requestSchema.safeParse(body)
        if (!request.success) return problem(400, `This is no fault: ${z.prettifyError(request.error)}`)
        const { conversationId, ...fault } = request.data
        try {
          faults.apply({ name, conversationId }, fault)
        } catch (error) {
          if (error instanceof Refusal) return problem(error.status, `${error.message}.`)
          throw error
        }
        return json({})
      },
    },
  ]
}
