/** What an authorization server says of itself: RFC 8414, with OpenID Connect Discovery beside it, as MCP authorization asks for. */
import type { AuthorizationServer } from 'oauth4webapi'
import { z } from 'zod'
import { askJson } from './ask-json.ts'
import { refused } from './failures.ts'
import { isOlder, olderServer } from './older.ts'
import type { OAuthParts } from './parts.ts'
import { urlProblem } from './url-problem.ts'
import { saidBy } from './words.ts'

const names = z.array(z.string()).exactOptional()
const endpoint = z.string().exactOptional()
const endpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'jwks_uri',
] as const

const metadataSchema = z.object({
  issuer: z.string(),
  authorization_endpoint: endpoint,
  token_endpoint: z.string(),
  registration_endpoint: endpoint,
  revocation_endpoint: endpoint,
  introspection_endpoint: endpoint,
  jwks_uri: endpoint,
  response_types_supported: names,
  grant_types_supported: names,
  code_challenge_methods_supported: names,
  token_endpoint_auth_methods_supported: names,
  scopes_supported: names,
  authorization_response_iss_parameter_supported: z.boolean().exactOptional(),
  client_id_metadata_document_supported: z.boolean().exactOptional(),
  id_token_signing_alg_values_supported: names,
})

export interface TokenServer extends AuthorizationServer {
  token_endpoint: string
}

/** One at which users sign in. */
export interface KnownServer extends TokenServer {
  authorization_endpoint: string
}

type Parts = Pick<OAuthParts, 'fetch' | 'egress' | 'known'>

/**
 * For users to sign in at. Every rule that it could break is checked here, before anything is sent to it. @throws SignInError
 * `refused`, `unreachable`
 */
export async function authorizationServer(parts: Parts, issuer: string): Promise<KnownServer> {
  const server = await tokenServer(parts, issuer, 'authorization_code')
  const { authorization_endpoint, code_challenge_methods_supported: challenges } = server
  const rule = ruleFor(issuer)
  rule(
    challenges !== undefined,
    'does not say that it checks codes by PKCE (code_challenge_methods_supported).',
  )
  rule(
    challenges?.includes('S256') === true,
    'does not check codes by PKCE with S256 (code_challenge_methods_supported).',
  )
  rule(isListed(server.response_types_supported, 'code'), 'gives no codes (response_types_supported).')
  if (authorization_endpoint === undefined)
    throw refused(
      `The metadata of the authorization server ${new URL(issuer).host} is not as its specification says: authorization_endpoint.`,
    )
  return { ...server, authorization_endpoint }
}

/** For tokens of this grant, also where no user signs in. @throws SignInError `refused`, `unreachable` */
export async function tokenServer(parts: Parts, issuer: string, grant: string): Promise<TokenServer> {
  const problem = urlProblem(parts, 'The issuer', issuer)
  if (problem !== undefined) throw refused(problem)
  const url = new URL(issuer)
  if (url.search !== '' || url.hash !== '')
    throw refused(`The issuer ${saidBy(issuer)} has a query or a fragment (RFC 8414, 2).`)
  const place = `the metadata of the authorization server ${url.host}`
  const isOld = isOlder(parts, url)
  for (const at of placesOf(url, isOld)) {
    const metadata = await askJson(parts, at, metadataSchema, place)
    if (metadata) return checked(parts, issuer, metadata, grant)
  }
  if (isOld) return olderServer(url)
  throw refused(`The authorization server ${url.host} does not describe itself (no metadata, RFC 8414).`)
}

function placesOf({ pathname, origin }: URL, isOld: boolean): URL[] {
  const path = pathname.replace(/\/$/, '')
  const paths = [
    `/.well-known/oauth-authorization-server${path}`,
    `/.well-known/openid-configuration${path}`,
    ...(path === '' ? [] : [`${path}/.well-known/openid-configuration`]),
    ...(path !== '' && isOld ? ['/.well-known/oauth-authorization-server'] : []),
  ]
  return paths.map((one) => new URL(one, origin))
}

function checked(parts: Parts, issuer: string, metadata: TokenServer, grant: string): TokenServer {
  const rule = ruleFor(issuer)
  // Where nobody names an issuer, the origin vouches for itself.
  const isOwn = isOlder(parts, new URL(issuer)) && originOf(issuer) === originOf(metadata.issuer)
  rule(
    isOwn || isSameIssuer(issuer, metadata.issuer),
    `calls itself ${saidBy(metadata.issuer)} (issuer; RFC 8414, 3.3).`,
  )
  for (const name of endpoints) {
    const value = metadata[name]
    if (value === undefined) continue
    const problem = urlProblem(parts, name, value)
    rule(problem === undefined, `has an address that may not be asked: ${problem}.`)
    rule(new URL(value).hash === '', `has a fragment in its ${name} (RFC 6749, 3.1).`)
  }
  const what = grant === 'authorization_code' ? 'no codes' : `no proof of the kind ${grant}`
  rule(isListed(metadata.grant_types_supported, grant), `takes ${what} (grant_types_supported).`)
  return metadata
}

function ruleFor(issuer: string): (isKept: boolean, what: string) => void {
  return (isKept, what) => {
    if (!isKept) throw refused(`The authorization server ${new URL(issuer).host} ${what}`)
  }
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined
}

/** Absent: the specification's default, or a server that does not say so much of itself. */
function isListed(supported: readonly string[] | undefined, name: string): boolean {
  return supported === undefined || supported.includes(name)
}

/** Identical, but that an origin may be written with or without its one slash: a URL is the same either way (RFC 3986, 6.2.3). */
export function isSameIssuer(asked: string, answered: string): boolean {
  const bare = (issuer: string) => (/^https?:\/\/[^/]+\/$/.test(issuer) ? issuer.slice(0, -1) : issuer)
  return bare(asked) === bare(answered)
}
