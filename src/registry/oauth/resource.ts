/** Which authorization server a user's server names: RFC 9728, as MCP authorization uses it. */
import { z } from 'zod'
import { packageVersion } from '../../contract/version.ts'
import { SignInError } from '../sign-ins.ts'
import { askJson } from './ask-json.ts'
import { type BearerChallenge, bearerChallenge } from './challenge.ts'
import { failureOf, refused } from './failures.ts'
import { isOlderElsewhere, olderResource } from './older.ts'
import type { OAuthParts } from './parts.ts'
import { scopesIn } from './scopes.ts'
import { saidBy } from './words.ts'

const latestProtocol = '2025-11-25'
const wellKnown = '/.well-known/oauth-protected-resource'

const metadataSchema = z.looseObject({
  resource: z.string(),
  authorization_servers: z.array(z.string()).optional(),
  scopes_supported: z.array(z.string()).optional(),
  bearer_methods_supported: z.array(z.string()).optional(),
})

export interface ProtectedResource {
  /** As it calls itself: what tokens are asked for. */
  identifier: string
  /** Its authorization server. */
  issuer: string
  supportedScopes: string[]
}

/**
 * Whether tokens for a resource may go to a server: the same origin, and its path the same or above the server's. RFC 9728 wants them
 * identical; one above is let through because servers describe themselves at their root (section 3.1 of it, and the second
 * place where MCP looks). Never another origin or a path beside it: a token would be good at somebody else's.
 */
export function coversServer(resource: string, serverUrl: string): boolean {
  if (!URL.canParse(resource) || !URL.canParse(serverUrl)) return false
  const covering = new URL(resource)
  const server = new URL(serverUrl)
  if (covering.hash !== '' || covering.username !== '' || covering.password !== '') return false
  if (covering.origin !== server.origin) return false
  if (covering.search !== '')
    return covering.pathname === server.pathname && covering.search === server.search
  const path = covering.pathname.endsWith('/') ? covering.pathname : `${covering.pathname}/`
  return `${server.pathname}/`.startsWith(path)
}

/**
 * Asks the server without a token what it wants. `headers`: those the user has stored for it; they go to its own origin only.
 * @throws SignInError `not_needed`, `refused`, `unreachable`
 */
export async function protectedResource(
  parts: OAuthParts,
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<ProtectedResource & { challenged: string[] }> {
  const { status, challenge } = await challengeOf(parts, url, headers)
  const found = await describedResource(parts, url, challenge)
  if (found) {
    if (isOlderElsewhere(parts, found.issuer, url)) {
      const { host } = new URL(found.issuer)
      throw refused(
        `${url.host} has its users signed in by ${host}, an older server that does it for itself only.`,
      )
    }
    return { ...found, challenged: challenge?.scopes ?? [] }
  }
  if (status !== 401)
    throw new SignInError(
      'not_needed',
      `${url.host} asks for no sign-in (it answers with HTTP status ${status}).`,
    )
  const older = olderResource(parts, url)
  if (older) return { ...older, challenged: challenge?.scopes ?? [] }
  throw refused(
    `${url.host} asks for a sign-in but does not say where (no protected resource metadata, RFC 9728).`,
  )
}

/** Undefined where the server describes no sign-in. @throws SignInError `refused`, `unreachable` */
export async function describedResource(
  parts: Pick<OAuthParts, 'fetch'>,
  url: URL,
  challenge: BearerChallenge | undefined,
): Promise<ProtectedResource | undefined> {
  for (const { place, at } of placesOf(url, challenge)) {
    const metadata = await askJson(parts, at, metadataSchema, place)
    if (!metadata) continue
    const { resource, authorization_servers: issuers = [], bearer_methods_supported: methods } = metadata
    if (!coversServer(resource, url.href))
      throw refused(`${url.host} calls itself ${saidBy(resource)}, which is another server (RFC 9728, 3.3).`)
    const [issuer] = issuers
    if (issuer === undefined)
      throw refused(`${url.host} names no authorization server (authorization_servers).`)
    if (methods && !methods.includes('header'))
      throw refused(`${url.host} takes no token in a header (bearer_methods_supported).`)
    return { identifier: resource, issuer, supportedScopes: scopesIn(metadata.scopes_supported) }
  }
  if (challenge?.resourceMetadata !== undefined)
    throw refused(`The resource metadata that ${url.host} names is not there (RFC 9728, 5.1).`)
  return undefined
}

async function challengeOf(
  { fetch }: OAuthParts,
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; challenge: BearerChallenge | undefined }> {
  const asked = new Headers(headers)
  asked.delete('authorization')
  asked.set('accept', 'application/json, text/event-stream')
  asked.set('content-type', 'application/json')
  const clientInfo = { name: 'mcp-switchboard', version: packageVersion }
  const params = { protocolVersion: latestProtocol, capabilities: {}, clientInfo }
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: asked,
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
    })
    await response.body?.cancel()
    return { status: response.status, challenge: bearerChallenge(response.headers.get('www-authenticate')) }
  } catch (error) {
    throw failureOf(error, `the server at ${url.host}`)
  }
}

/** What a 401 names, else the well-known places: beside the server's path, then at the root. */
function placesOf(url: URL, challenge: BearerChallenge | undefined): { place: string; at: URL }[] {
  const place = `the resource metadata of ${url.host}`
  const named = challenge?.resourceMetadata
  if (named !== undefined) {
    if (!URL.canParse(named)) throw refused(`${url.host} names no URL in resource_metadata.`)
    return [{ place, at: new URL(named) }]
  }
  const path = url.pathname === '/' ? '' : url.pathname
  const paths = new Set([`${wellKnown}${path}${url.search}`, wellKnown])
  return [...paths].map((one) => ({ place, at: new URL(one, url.origin) }))
}
