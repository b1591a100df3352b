/** Servers of MCP 2025-03-26, which are their own authorization servers and need not say so. */
import { bareHost, isAllowedHost } from '../../egress/addresses.ts'
import { portOf } from '../../egress/check-url.ts'
import type { KnownServer } from './authorization-server.ts'
import type { OAuthParts } from './parts.ts'
import type { ProtectedResource } from './resource.ts'

/** Whether the operator has named it. */
export function isOlder({ known }: Pick<OAuthParts, 'known'>, url: URL): boolean {
  const { olderHosts = [] } = known
  return isAllowedHost({ allowHosts: olderHosts }, bareHost(url.hostname), portOf(url))
}

/** Its tokens name no server that they are for: another one would get such as hold at the older one. */
export function isOlderElsewhere(parts: Pick<OAuthParts, 'known'>, issuer: string, { origin }: URL): boolean {
  if (!URL.canParse(issuer)) return false
  const url = new URL(issuer)
  return url.origin !== origin && isOlder(parts, url)
}

/** Its "authorization base URL". */
export function olderResource(parts: OAuthParts, { href, origin }: URL): ProtectedResource | undefined {
  if (!isOlder(parts, new URL(origin))) return undefined
  return { identifier: href, issuer: origin, supportedScopes: [] }
}

/** Its "Fallbacks for Servers without Metadata Discovery". */
export function olderServer({ origin }: URL): KnownServer {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    // Of everybody (MCP 2025-03-26, "OAuth 2.1 Security").
    code_challenge_methods_supported: ['S256'],
  }
}
