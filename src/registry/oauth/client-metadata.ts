/** Client id metadata documents (draft-ietf-oauth-client-id-metadata-document): we are known by a URL at which we describe ourselves. */

import { apiPath } from '../wire.ts'

/** Below the API. Served to anybody, as JSON, unauthenticated. */
export const clientMetadataPath = '/oauth/client-metadata.json'
/** As users read it when an authorization server asks them. */
const clientName = 'Switchboard'

export interface ClientDescription {
  client_name: string
  redirect_uris: string[]
  grant_types: string[]
  response_types: string[]
  token_endpoint_auth_method: string
}

export function describeClient(redirectUri: string, method = 'none'): ClientDescription {
  return {
    client_name: clientName,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: method,
  }
}

/**
 * The document to be served at `clientMetadataPath`. `redirectUri`: the one that `SignIns.begin` is given. Undefined where the
 * registry is not reached over https: nobody could fetch it.
 */
export function clientMetadata(registry: {
  publicUrl: string
  redirectUri: string
}): (ClientDescription & { client_id: string; client_uri: string }) | undefined {
  const url = clientMetadataUrl(registry.publicUrl, registry.redirectUri)
  if (url === undefined) return undefined
  return {
    client_id: url,
    client_uri: registry.publicUrl,
    ...describeClient(registry.redirectUri),
  }
}

/** One for each redirect address, and only for those of the same registry: the document names no other. */
export function clientMetadataUrl(publicUrl: string, redirectUri: string): string | undefined {
  const base = new URL(publicUrl)
  if (base.protocol !== 'https:' || new URL(redirectUri).origin !== base.origin) return undefined
  const url = new URL(`${apiPath}${clientMetadataPath}`, base)
  url.search = new URL(redirectUri).search
  return url.href
}
