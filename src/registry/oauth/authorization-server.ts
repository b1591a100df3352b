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
  authorization_endpoint: z.string(),
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

export interface KnownServer extends AuthorizationServer {
  authorization_endpoint: string
  token_endpoint: string
}

/** Every rule that it could break is checked here, before anything is sent to it. @throws SignInError `refused`, `unreachable` */
export async function authorizationServer(parts: OAuthParts, issuer: string): Promise<KnownServer> {
  const problem = urlProblem(parts, 'The issuer', issuer)
  if (problem !== undefined) throw refused(problem)
  const url = new URL(issuer)
  if (url.search !== '' || url.hash !== '')
    throw refused(`The issuer ${saidBy(issuer)} has a query or a fragment (RFC 8414, 2).`)
  const place = `the metadata of the authorization server ${url.host}`
  const isOld = isOlder(parts, url)
  for (const at of placesOf(url, isOld)) {
    const metadata = await askJson(parts, at, metadataSchema, place)
    if (metadata) return checked(parts, issuer, metadata)
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

function checked(parts: OAuthParts, issuer: string, metadata: KnownServer): KnownServer {
  const { host } = new URL(issuer)
  const rule = (isKept: boolean, what: string) => {
    if (!isKept) throw refused(`The authorization server ${host} ${what}`)
  }
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
  const { code_challenge_methods_supported: challenges } = metadata
  rule(
    challenges !== undefined,
    'does not say that it checks codes by PKCE (code_challenge_methods_supported).',
  )
  rule(
    challenges?.includes('S256') === true,
    'does not check codes by PKCE with S256 (code_challenge_methods_supported).',
  )
  rule(includes(metadata.response_types_supported, 'code'), 'gives no codes (response_types_supported).')
  rule(
    includes(metadata.grant_types_supported, 'authorization_code'),
    'takes no codes (grant_types_supported).',
  )
  return metadata
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined
}

/** Absent: the specification's default, which has it. */
function includes(supported: readonly string[] | undefined, name: string): boolean {
  return supported === undefined || supported.includes(name)
}

/** Identical, but that an origin may be written with or without its one slash: a URL is the same either way (RFC 3986, 6.2.3). */
function isSameIssuer(asked: string, answered: string): boolean {
  const bare = (issuer: string) => (/^https?:\/\/[^/]+\/$/.test(issuer) ? issuer.slice(0, -1) : issuer)
  return bare(asked) === bare(answered)
}
