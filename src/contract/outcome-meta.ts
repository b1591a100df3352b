import { z } from 'zod'
import { errorCodes, type Outcome } from './protocol.ts'

/** The key in `_meta` of a result under which a proxy says how the call ended. */
export const outcomeKey = 'mcp-switchboard/outcome'

const base = {
  /** Another form has another number. */
  version: z.literal(1),
  /** Which of the proxy's servers had it last; absent where none had. */
  server: z.string().optional(),
  attempts: z.array(
    z.object({
      server: z.string(),
      generation: z.number(),
      code: z.enum([...errorCodes, 'ok']).optional(),
    }),
  ),
  durationMs: z.number(),
}

/** What stands there: an outcome without what the result has already. Nothing in it is a secret. */
export const outcomeMetaSchema = z.discriminatedUnion('ok', [
  z.object({ ...base, ok: z.literal(true) }),
  z.object({
    ...base,
    ok: z.literal(false),
    code: z.enum(errorCodes),
    effect: z.enum(['none', 'unknown', 'done']),
    message: z.string(),
    retryAfterMs: z.number().nonnegative().optional(),
    cause: z.string().optional(),
  }),
])

export type OutcomeMeta = z.infer<typeof outcomeMetaSchema>

export function outcomeMetaOf(outcome: Outcome): OutcomeMeta {
  const { server, attempts, durationMs } = outcome
  const told = { version: 1 as const, ...(server === undefined ? {} : { server }), attempts, durationMs }
  if (outcome.ok) return { ...told, ok: true }
  const { code, effect, message, retryAfterMs, cause } = outcome.error
  return {
    ...{ ...told, ok: false, code, effect, message },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(cause === undefined ? {} : { cause }),
  }
}
