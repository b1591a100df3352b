import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from 'oauth4webapi'
import { SignInError, type SignIns } from '../sign-ins.ts'
import { authorizationServer, type KnownServer } from './authorization-server.ts'
import { clientAt } from './clients.ts'
import type { OAuthParts } from './parts.ts'
import { protectedResource } from './resource.ts'
import { offlineAccess, scopesToAsk } from './scopes.ts'
import { hashOf, newState } from './secrets.ts'

const flowLifetimeMs = 10 * 60_000

export async function begin(
  parts: OAuthParts,
  request: Parameters<SignIns['begin']>[0],
): Promise<{ authorizationUrl: string }> {
  const { userId, serverId } = request
  const { oauth, servers } = parts.store
  const record = await servers.get(userId, serverId)
  if (!record) throw new SignInError('not_found', 'That server is not there any more.')
  const url = new URL(request.url)
  const headers = await servers.headers(userId, serverId, request.url)
  const resource = await protectedResource(parts, url, headers)
  const server = await authorizationServer(parts, resource.issuer)
  const client = await clientAt(parts, server, request.redirectUri)
  const { redirectUri } = client
  const grant = await oauth.grant(userId, serverId)
  const scopes = scopesToAsk({
    challenged: resource.challenged,
    wanted: grant?.wantedScopes ?? [],
    granted: grant?.tokens?.scopes ?? [],
    denied: grant?.deniedScopes ?? [],
    supported: resource.supportedScopes,
    ofAuthorizationServer: server.scopes_supported ?? [],
  })
  const state = newState()
  const codeVerifier = generateRandomCodeVerifier()
  await oauth.beginFlow({
    stateHash: hashOf(state),
    bindingHash: hashOf(request.binding),
    userId,
    serverId,
    issuer: server.issuer,
    clientId: client.clientId,
    redirectUri,
    resource: resource.identifier,
    scopes,
    codeVerifier,
    expiresAt: new Date(parts.now() + flowLifetimeMs),
  })
  const parameters = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    resource: resource.identifier,
    scope: scopes.length === 0 ? undefined : scopes.join(' '),
    // OpenID Connect Core, 11: without it `offline_access` is to be ignored.
    prompt: scopes.includes(offlineAccess) ? 'consent' : undefined,
  }
  return { authorizationUrl: authorizationUrl(server, parameters) }
}

/** Whatever stands in the endpoint's own query, our parameters stand in it once. */
function authorizationUrl(server: KnownServer, parameters: Record<string, string | undefined>): string {
  const url = new URL(server.authorization_endpoint)
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  return url.href
}
