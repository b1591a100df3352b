/** The requests that carry codes and tokens. What they throw has neither in it. */
import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  customFetch,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
  ResponseBodyError,
  refreshTokenGrantRequest,
  revocationRequest,
  type TokenEndpointResponse,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import type { OAuthClientRecord, Tokens } from '../store.ts'
import type { TokenServer } from './authorization-server.ts'
import { authenticationOf } from './client-authentication.ts'
import { failureOf, oddStatus, refused } from './failures.ts'
import type { OAuthParts } from './parts.ts'
import { scopesIn } from './scopes.ts'
import { knownCode } from './words.ts'

const maxTokenCharacters = 12_000
/** What a header can carry (RFC 6750, 2.1, and what servers give in fact): no blank, no control. */
const tokenCharacters = /^[\x21-\x7e]+$/
const maxLifetimeSeconds = 10 * 365 * 24 * 3_600

/** The token endpoint has said no, by a code of RFC 6749, 5.2. */
export class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal'

  constructor(
    readonly code: string | undefined,
    readonly host: string,
  ) {
    super(`The authorization server ${host} gives no token (${code ?? 'for a reason of its own'}).`)
  }
}

export interface TokenParts {
  parts: Pick<OAuthParts, 'fetch' | 'now'>
  server: TokenServer
  client: OAuthClientRecord
  resource: string
}

/** @throws SignInError, TokenRefusal */
export function exchange(
  given: TokenParts,
  flow: { parameters: URLSearchParams; redirectUri: string; codeVerifier: string; scopes: string[] },
): Promise<Tokens> {
  const client = { client_id: given.client.clientId }
  return asked(given, async () => {
    const response = await authorizationCodeGrantRequest(
      given.server,
      client,
      authenticationOf(given.client),
      flow.parameters,
      flow.redirectUri,
      flow.codeVerifier,
      requestOptions(given),
    )
    checkStatus(response, given)
    const answer = await processAuthorizationCodeResponse(given.server, client, response)
    return tokensOf(answer, { scopes: flow.scopes, refreshToken: undefined }, given)
  })
}

/** @throws SignInError, TokenRefusal */
export function refresh(given: TokenParts, old: { refreshToken: string; scopes: string[] }): Promise<Tokens> {
  const client = { client_id: given.client.clientId }
  return asked(given, async () => {
    const response = await refreshTokenGrantRequest(
      given.server,
      client,
      authenticationOf(given.client),
      old.refreshToken,
      requestOptions(given),
    )
    checkStatus(response, given)
    return tokensOf(await processRefreshTokenResponse(given.server, client, response), old, given)
  })
}

/** RFC 7009. Never rejects: who signs out is signed out here whatever the other side does. */
export async function revoke(given: Omit<TokenParts, 'resource'>, tokens: Tokens): Promise<void> {
  const { server, client, parts } = given
  if (server.revocation_endpoint === undefined) return
  const named: [string, string | undefined][] = [
    ['refresh_token', tokens.refreshToken],
    ['access_token', tokens.accessToken],
  ]
  for (const [hint, token] of named) {
    if (token === undefined) continue
    try {
      const options = { additionalParameters: { token_type_hint: hint }, ...transport(parts) }
      const who = { client_id: client.clientId }
      const response = await revocationRequest(server, who, authenticationOf(client), token, options)
      await response.body?.cancel()
    } catch {
      return
    }
  }
}

function transport({ fetch }: Pick<OAuthParts, 'fetch'>) {
  // The guard decides about plain HTTP: for hosts that the operator allows, and no others.
  return { [customFetch]: fetch, [allowInsecureRequests]: true }
}

export function requestOptions({ parts, resource }: Pick<TokenParts, 'parts' | 'resource'>) {
  return { additionalParameters: { resource }, ...transport(parts) }
}

function placeOf({ server }: Pick<TokenParts, 'server'>): string {
  return `the token endpoint of ${new URL(server.issuer).host}`
}

/** Only what a library for OAuth could not explain. */
export function checkStatus(response: Response, given: Pick<TokenParts, 'server'>): void {
  const odd = oddStatus(response.status, placeOf(given))
  if (odd === undefined) return
  response.body?.cancel().catch(() => {})
  throw odd
}

export async function asked(given: Pick<TokenParts, 'server'>, ask: () => Promise<Tokens>): Promise<Tokens> {
  try {
    return await ask()
  } catch (error) {
    const { host } = new URL(given.server.issuer)
    if (error instanceof ResponseBodyError) throw new TokenRefusal(knownCode(error.error), host)
    // RFC 6749, 5.2: a client that is not known is answered with 401.
    if (error instanceof WWWAuthenticateChallengeError && error.status === 401)
      throw new TokenRefusal('invalid_client', host)
    throw failureOf(error, placeOf(given))
  }
}

export function tokensOf(
  answer: TokenEndpointResponse,
  old: { scopes: string[]; refreshToken: string | undefined },
  given: Pick<TokenParts, 'parts' | 'server'>,
): Tokens {
  const {
    access_token: accessToken,
    refresh_token: refreshToken = old.refreshToken,
    expires_in: lifetime,
  } = answer
  const { host } = new URL(given.server.issuer)
  if (answer.token_type !== 'bearer')
    throw refused(`The authorization server ${host} gives no bearer token (token_type).`)
  if (accessToken.length > maxTokenCharacters || !tokenCharacters.test(accessToken))
    throw refused(`The authorization server ${host} gives a token that fits in no header.`)
  return {
    accessToken,
    refreshToken,
    // RFC 6749, 5.1: absent where it is what was asked for.
    scopes: answer.scope === undefined ? old.scopes : scopesIn(answer.scope),
    expiresAt:
      lifetime === undefined
        ? undefined
        : new Date(given.parts.now() + Math.min(lifetime, maxLifetimeSeconds) * 1_000),
  }
}
