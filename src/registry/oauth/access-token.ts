/** Whether what a user was given for a server can be used, and for how long. */
import type { AccessToken } from '../sign-ins.ts'
import type { GrantRecord } from '../store.ts'

/** A token that ends sooner is refreshed before it is used. */
export const refreshAheadMs = 60_000

export function accessTokenOf(grant: GrantRecord | undefined, now: number): AccessToken | undefined {
  if (!grant?.tokens) return undefined
  const { accessToken, expiresAt } = grant.tokens
  if (expiresAt && expiresAt.getTime() <= now) return undefined
  return { value: `Bearer ${accessToken}`, version: grant.version, expiresAt }
}

export function endsSoon(grant: GrantRecord, now: number): boolean {
  const expiresAt = grant.tokens?.expiresAt
  return expiresAt !== undefined && expiresAt.getTime() <= now + refreshAheadMs
}
