const maxScopes = 100
const maxCharacters = 200
/** RFC 6749, 3.3: `scope-token`. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Asks for a refresh token (OpenID Connect Core, 11). It gives no right at a server. */
export const offlineAccess = 'offline_access'

/** What stands in a `scope` parameter or a list of scopes, without what can be none. */
export function scopesIn(scope: string | readonly string[] | undefined): string[] {
  const named = typeof scope === 'string' ? scope.split(' ') : (scope ?? [])
  const valid = named.filter((one) => one.length <= maxCharacters && scopeToken.test(one))
  return [...new Set(valid)].slice(0, maxScopes)
}

export function without(scopes: readonly string[], others: readonly string[]): string[] {
  return scopes.filter((scope) => !others.includes(scope))
}

/**
 * What to ask a user for: what the server has asked for beside what is given already, else all that it supports (MCP
 * authorization, "Scope Selection Strategy"); never again what was denied. `offline_access` where the authorization server lists it.
 * Empty: the authorization server's own default.
 */
export function scopesToAsk(known: {
  challenged: readonly string[]
  wanted: readonly string[]
  granted: readonly string[]
  denied: readonly string[]
  supported: readonly string[]
  ofAuthorizationServer: readonly string[]
}): string[] {
  const needed = [...known.granted, ...known.wanted, ...known.challenged]
  const scopes = without(needed.length > 0 ? needed : known.supported, [...known.denied, offlineAccess])
  const isOffline = scopes.length > 0 && known.ofAuthorizationServer.includes(offlineAccess)
  return scopesIn(isOffline ? [...scopes, offlineAccess] : scopes)
}

/** Which of the scopes that a user was asked for were not given. */
export function deniedOf(asked: readonly string[], given: readonly string[]): string[] {
  return without(asked, [...given, offlineAccess])
}
