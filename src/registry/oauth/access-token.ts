/** What there is of a user's tokens at a server, refreshed when it has to be. */
import type { AccessToken } from '../sign-ins.ts'
import type { GrantRecord } from '../store.ts'

export const registryActor = { name: 'registry' }

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
