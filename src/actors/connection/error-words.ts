import { z } from 'zod'
import { messageOf } from '../../contract/errors.ts'
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

const withCode = z.object({ code: z.string() })

/** Node's code of an error, or of what caused it (undici wraps it in `TypeError: fetch failed`). */
export function systemCodeOf(error: unknown): string | undefined {
  for (const one of [error, error instanceof Error ? error.cause : undefined]) {
    const coded = withCode.safeParse(one)
    if (coded.success) return coded.data.code
  }
  return undefined
}
