import type { z } from 'zod'
import { failureOf, oddStatus, refused, startOf } from './failures.ts'
import type { OAuthParts } from './parts.ts'

/** A document from elsewhere; undefined where there is none (any 4xx). @throws SignInError `refused`, `unreachable` */
export async function askJson<Value>(
  { fetch }: Pick<OAuthParts, 'fetch'>,
  url: URL,
  schema: z.ZodType<Value>,
  place: string,
): Promise<Value | undefined> {
  let response: Response
  let body: unknown
  try {
    response = await fetch(url, { headers: { accept: 'application/json' } })
    const odd = oddStatus(response.status, place)
    if (odd || response.status !== 200) await response.body?.cancel()
    if (odd) throw odd
    if (response.status !== 200) return undefined
    body = await response.json()
  } catch (error) {
    throw failureOf(error, place)
  }
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.filter((part) => typeof part === 'string').slice(0, 1) ?? []
  throw refused(
    `${startOf(place)} is not as its specification says${where.map((name) => `: ${name}`).join('')}.`,
  )
}
