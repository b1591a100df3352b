import type { CallEnd } from '../../src/contract/connection.ts'
import { callError } from '../../src/contract/errors.ts'

/** How calls end by a server's own word. */
export function answerOf(text: string, structured: { total: unknown }): CallEnd {
  return { ok: true, content: [{ type: 'text', text }], structured }
}

export function toolError(): CallEnd {
  const error = callError('tool_error', 'unknown', 'It reports an error.')
  return { ok: false, error, retryable: false }
}

export function rpcError(effect: 'none' | 'unknown'): CallEnd {
  const error = callError('protocol_error', effect, 'It answers with an error.')
  return { ok: false, error, retryable: false }
}

export function refusal(): CallEnd {
  const error = callError('overloaded', 'none', 'It takes no more calls now.')
  return { ok: false, error, retryable: true }
}
