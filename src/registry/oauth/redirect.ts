import { hashOf } from './secrets.ts'

/** Of the query: whose answer comes back here. */
export const issuerParameter = 'issuer'

/**
 * Where the browser comes back from this issuer, and from no other (RFC 9700, 4.4.2): one that names another's authorization endpoint
 * as its own, or leads there, gets its answer at an address that is not its own.
 */
export function redirectFor(issuer: string, redirectUri: string): string {
  const url = new URL(redirectUri)
  url.searchParams.set(issuerParameter, hashOf(issuer))
  return url.href
}

/** Whether the browser has come back where it was sent. */
export function isReturnTo(redirectUri: string, callback: URL): boolean {
  const [expected] = new URL(redirectUri).searchParams.getAll(issuerParameter)
  const [actual, ...others] = callback.searchParams.getAll(issuerParameter)
  return others.length === 0 && actual === expected
}

/** Whether answers of several issuers come back there. */
export function isShared(redirectUri: string): boolean {
  return !new URL(redirectUri).searchParams.has(issuerParameter)
}
