/** Who we are at an authorization server: who it was told by hand, a client id metadata document, else dynamic registration (RFC 7591). */
import type { RegisteredClient } from '../sign-ins.ts'
import type { OAuthClientRecord } from '../store.ts'
import type { KnownServer } from './authorization-server.ts'
import { clientMetadataUrl } from './client-metadata.ts'
import type { OAuthParts } from './parts.ts'
import { redirectFor } from './redirect.ts'
import { register } from './registration.ts'

/** A secret that ends within a sign-in is of no use. */
const minLifetimeMs = 15 * 60_000

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
