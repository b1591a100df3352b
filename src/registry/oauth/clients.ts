/** Who we are at an authorization server: who it was told by hand, a client id metadata document, else dynamic registration (RFC 7591). */
import { type ClientAuth, ClientSecretPost, None } from 'oauth4webapi'
import { z } from 'zod'
import type { RegisteredClient } from '../sign-ins.ts'
import type { OAuthClientRecord } from '../store.ts'
import type { KnownServer } from './authorization-server.ts'
import { clientMetadataUrl, describeClient } from './client-metadata.ts'
import { failureOf, oddStatus, refused, startOf } from './failures.ts'
import type { OAuthParts } from './parts.ts'
import { redirectFor } from './redirect.ts'
import { knownCode, saidBy } from './words.ts'

/** In the order of our liking. */
const methods = ['none', 'client_secret_basic', 'client_secret_post'] as const
/** A secret that ends within a sign-in is of no use. */
const minLifetimeMs = 15 * 60_000

const registeredSchema = z.object({
  client_id: z.string().min(1).max(2_000),
  client_secret: z.string().max(4_000).optional(),
  /** In seconds since 1970; 0: never. */
  client_secret_expires_at: z.number().int().nonnegative().optional(),
  token_endpoint_auth_method: z.string().optional(),
  redirect_uris: z.array(z.string()).optional(),
})
const errorSchema = z.object({ error: z.string(), error_description: z.string().optional() })

/** The client to begin a sign-in with, which ends at `callback`. @throws SignInError `refused`, `unreachable` */
export async function clientAt(
  parts: OAuthParts,
  server: KnownServer,
  callback: string,
): Promise<OAuthClientRecord> {
  const redirectUri = redirectFor(server.issuer, callback)
  const { clients = [], clientDocument } = parts.known
  const registered = clients.find(({ issuer }) => issuer === server.issuer)
  // Against mix-up, what RFC 9207 does is enough (RFC 9700, 4.4.2): one address will do.
  const isNamed = server.authorization_response_iss_parameter_supported === true
  const knownUri = isNamed ? callback : redirectUri
  if (registered) return recordOfKnown(registered, knownUri)
  if (server.client_id_metadata_document_supported === true && clientDocument !== undefined)
    return documented(server.issuer, knownUri, clientDocument)
  const documentUrl = clientMetadataUrl(parts.publicUrl(), redirectUri)
  if (server.client_id_metadata_document_supported === true && documentUrl !== undefined)
    return documented(server.issuer, redirectUri, documentUrl)
  const { oauth } = parts.store
  const known = await oauth.client(server.issuer, redirectUri)
  if (known && (!known.expiresAt || known.expiresAt.getTime() > parts.now() + minLifetimeMs)) return known
  const client = await register(parts, server, redirectUri)
  await oauth.saveClient(client)
  return client
}

/** The client that a sign-in or a grant was made with; undefined where it is known no more. */
export async function knownClient(
  parts: OAuthParts,
  made: { issuer: string; clientId: string; redirectUri: string },
): Promise<OAuthClientRecord | undefined> {
  const { clients = [], clientDocument } = parts.known
  const registered = clients.find(
    ({ issuer, clientId }) => issuer === made.issuer && clientId === made.clientId,
  )
  if (registered) return recordOfKnown(registered, made.redirectUri)
  if (made.clientId === clientDocument) return documented(made.issuer, made.redirectUri, made.clientId)
  if (made.clientId === clientMetadataUrl(parts.publicUrl(), made.redirectUri))
    return documented(made.issuer, made.redirectUri, made.clientId)
  const known = await parts.store.oauth.client(made.issuer, made.redirectUri)
  return known?.clientId === made.clientId ? known : undefined
}

/** The issuer says that it does not know it: the next sign-in registers anew. One registered meanwhile stays. */
export async function forgetClient(
  parts: OAuthParts,
  made: { issuer: string; clientId: string; redirectUri: string },
): Promise<void> {
  const { oauth } = parts.store
  const known = await oauth.client(made.issuer, made.redirectUri)
  if (known?.clientId === made.clientId) await oauth.dropClient(made.issuer, made.redirectUri)
}

export function authenticationOf({ clientSecret, tokenEndpointAuthMethod }: OAuthClientRecord): ClientAuth {
  if (clientSecret === undefined || tokenEndpointAuthMethod === 'none') return None()
  if (tokenEndpointAuthMethod === 'client_secret_post') return ClientSecretPost(clientSecret)
  return clientSecretBasic(clientSecret)
}

/**
 * RFC 6749, 2.3.1. That of the library writes a hyphen as `%2D`, which is the same; but many authorization servers do not decode what
 * they get, and identifiers have hyphens in them.
 */
export function clientSecretBasic(clientSecret: string): ClientAuth {
  return (_server, { client_id: clientId }, _body, headers) => {
    const pair = [clientId, clientSecret].map(formEncoded).join(':')
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`)
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice('='.length)
}

function recordOfKnown(
  { issuer, clientId, clientSecret, tokenEndpointAuthMethod: method }: RegisteredClient,
  redirectUri: string,
): OAuthClientRecord {
  const tokenEndpointAuthMethod = clientSecret === undefined ? 'none' : (method ?? 'client_secret_basic')
  return { issuer, redirectUri, clientId, clientSecret, tokenEndpointAuthMethod, expiresAt: undefined }
}

function documented(issuer: string, redirectUri: string, clientId: string): OAuthClientRecord {
  const never = { clientSecret: undefined, expiresAt: undefined }
  return { issuer, redirectUri, clientId, tokenEndpointAuthMethod: 'none', ...never }
}

async function register(
  { fetch }: OAuthParts,
  server: KnownServer,
  redirectUri: string,
): Promise<OAuthClientRecord> {
  const { host } = new URL(server.issuer)
  const place = `the registration endpoint of ${host}`
  if (server.registration_endpoint === undefined)
    throw refused(`The authorization server ${host} knows no clients but its own (no registration_endpoint).`)
  const supported = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  const method = methods.find((one) => supported.includes(one))
  if (method === undefined)
    throw refused(`The authorization server ${host} wants clients to prove themselves in a way unknown here.`)
  const description = describeClient(redirectUri, method)
  const isNative = new URL(redirectUri).protocol === 'http:'
  let answer: unknown
  try {
    const response = await fetch(server.registration_endpoint, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      // OpenID Connect Registration, 2: `web` clients are not redirected to plain HTTP.
      body: JSON.stringify({ ...description, application_type: isNative ? 'native' : 'web' }),
    })
    const odd = oddStatus(response.status, place)
    if (odd) {
      await response.body?.cancel()
      throw odd
    }
    answer = await response.json()
    if (!response.ok) throw refused(`${startOf(place)} does not register clients${reasonIn(answer)}.`)
  } catch (error) {
    throw failureOf(error, place)
  }
  const parsed = registeredSchema.safeParse(answer)
  if (!parsed.success) throw refused(`${startOf(place)} gives an answer that is no registration (RFC 7591).`)
  return recordOf(parsed.data, { issuer: server.issuer, redirectUri, method }, place)
}

function recordOf(
  registered: z.infer<typeof registeredSchema>,
  { issuer, redirectUri, method: asked }: { issuer: string; redirectUri: string; method: string },
  place: string,
): OAuthClientRecord {
  const {
    client_id: clientId,
    client_secret: clientSecret,
    client_secret_expires_at: endsAt = 0,
  } = registered
  const { redirect_uris: redirects } = registered
  // RFC 7591, 2: the default of a client with a secret, unless it was asked for in another way.
  const withSecret = asked === 'none' ? 'client_secret_basic' : asked
  const otherwise = clientSecret === undefined ? 'none' : withSecret
  const tokenEndpointAuthMethod = registered.token_endpoint_auth_method ?? otherwise
  if (redirects && !redirects.includes(redirectUri))
    throw refused(`${startOf(place)} registers another redirect address than ours.`)
  if (!methods.some((method) => method === tokenEndpointAuthMethod))
    throw refused(`${startOf(place)} wants us to prove ourselves in a way that was not asked for.`)
  if (tokenEndpointAuthMethod !== 'none' && clientSecret === undefined)
    throw refused(`${startOf(place)} wants a secret and gives none.`)
  const expiresAt = clientSecret === undefined || endsAt === 0 ? undefined : new Date(endsAt * 1_000)
  return { issuer, redirectUri, clientId, clientSecret, tokenEndpointAuthMethod, expiresAt }
}

/** A registration has no secret of ours in it that could come back here. */
function reasonIn(answer: unknown): string {
  const parsed = errorSchema.safeParse(answer)
  if (!parsed.success) return ''
  const { error, error_description: description } = parsed.data
  return `: ${[knownCode(error) ?? saidBy(error), ...(description ? [saidBy(description)] : [])].join(', ')}`
}
