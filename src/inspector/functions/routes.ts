import { z } from 'zod'
import type { CallOptions, FunctionInfo, JsonObject, Outcome } from '../../contract/protocol.ts'
import type { Projection } from '../../inspection/projection.ts'
import type { Inspection } from '../../switchboard/inspection.ts'
import type { Switchboard } from '../../switchboard.ts'
import { json, problem } from '../http/reply.ts'
import type { Route } from '../http/routes.ts'
import type { FunctionCallRequest } from '../wire.ts'

export interface FunctionParts {
  switchboard: Pick<Switchboard, 'functions' | 'call'>
  conversations: Inspection['conversations']
  /** Of outcomes. */
  projection: Projection
}

const requestSchema: z.ZodType<FunctionCallRequest> = z.strictObject({
  arguments: z.record(z.string(), z.unknown()),
  confirmed: z.boolean().exactOptional(),
  conversationId: z.string().exactOptional(),
})

interface Caller {
  readonly functions: FunctionInfo[]
  call(name: string, args: JsonObject, options: CallOptions): Promise<Outcome>
}

/** What is offered, and calls of it as any program makes them: the same confirmations, and one outcome each. */
export function functionRoutes({ switchboard, conversations, projection }: FunctionParts): Route[] {
  const callerOf = (conversationId: string | undefined): Caller | undefined => {
    if (conversationId === undefined) return switchboard
    for (const { conversation } of conversations) {
      if (conversation.id === conversationId) return conversation
    }
    return undefined
  }
  const infoOf = (name: string, conversationId: string | undefined) => {
    const info = callerOf(conversationId)?.functions.find((one) => one.name === name)
    return info ? json(info) : problem(404, `No function is offered under the name "${name}" now.`)
  }
  return [
    {
      method: 'GET',
      path: /^\/api\/functions\/([^/]+)$/,
      answer: ({ parameters: [name = ''] }) => infoOf(name, undefined),
    },
    {
      method: 'GET',
      path: /^\/api\/conversations\/([^/]+)\/functions\/([^/]+)$/,
      answer: ({ parameters: [conversationId, name = ''] }) => infoOf(name, conversationId),
    },
    {
      method: 'POST',
      path: /^\/api\/functions\/([^/]+)\/call$/,
      answer: async ({ parameters: [name = ''], body, signal }) => {
        const request = requestSchema.safeParse(body)
        if (!request.success) return problem(400, `This is no call: ${z.prettifyError(request.error)}`)
        const { arguments: args, confirmed = false, conversationId } = request.data
        const caller = callerOf(conversationId)
        if (!caller) return problem(404, 'This conversation has ended.')
        return json(projection.of(await caller.call(name, args, { signal, confirmed })))
      },
    },
  ]
}
