/** How a client shows at a token endpoint who it is. */
import { type ClientAuth, ClientSecretPost, None } from 'oauth4webapi'
import type { OAuthClientRecord } from '../store.ts'

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
