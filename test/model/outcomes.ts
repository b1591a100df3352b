import type { Outcome } from '../../src/index.ts'

/** `ok`, or code and effect. */
export function endOf(outcome: Outcome): string {
  return outcome.ok ? 'ok' : `${outcome.error.code}, ${outcome.error.effect}`
}
