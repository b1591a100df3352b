import { messageOf, systemCodeOf } from '../../contract/errors.ts'
import { refusalIn } from '../../egress/refused.ts'

/** `JSON.stringify` throws at a BigInt and at a circle. */
export function isUnwritable(error: unknown): boolean {
  return error instanceof TypeError && /BigInt|circular/.test(error.message)
}

/** `JSON.parse` quotes a piece of what it read, which may begin or end within a secret. */
export function wordsOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not JSON'
  const refusal = refusalIn(error)
  if (refusal) return refusal.message
  const code = systemCodeOf(error)
  const message = messageOf(error)
  // undici says no more than `fetch failed`.
  return code === undefined || message.includes(code) ? message : `${message} (${code})`
}
