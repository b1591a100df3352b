import type { Effect, ErrorCode, Outcome } from '../../contract/protocol.ts'
import { equal } from './failure.ts'

/** What is left out is not compared; a RegExp is found in the text. */
export type ExpectedOutcome =
  | 'ok'
  | { ok: true; text?: string | RegExp; structured?: unknown; server?: string }
  | { code: ErrorCode; effect?: Effect; message?: string | RegExp; server?: string }

/** @throws AssertionError where the outcome is another, with the difference */
export function assertOutcome(outcome: Outcome | undefined, expected: ExpectedOutcome): void {
  equal(assertOutcome, 'The call ended otherwise.', { actual: comparable(outcome, expected), expected })
}

/** As much of an outcome as `expected` has; of one that ended the other way, what it was. */
export function comparable(outcome: Outcome | undefined, expected: ExpectedOutcome | undefined): unknown {
  if (outcome === undefined) return 'no outcome'
  if (outcome.ok) {
    const { text, server } = outcome
    if (expected === 'ok') return 'ok'
    if (expected === undefined || 'code' in expected) return { ok: true, text }
    return like({ ok: true, text, structured: outcome.structured, server }, expected)
  }
  const { code, effect, message } = outcome.error
  const { server } = outcome
  if (expected === undefined || expected === 'ok' || 'ok' in expected) return { code, effect, message }
  return like({ code, effect, message, server }, expected)
}

/** The fields of `expected`, as `actual` has them; what fits a RegExp is that. */
function like(actual: Record<string, unknown>, expected: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(expected).map(([key, wanted]) => {
      const value = actual[key]
      const fits = wanted instanceof RegExp && typeof value === 'string' && value.search(wanted) !== -1
      return [key, fits ? wanted : value]
    }),
  )
}
