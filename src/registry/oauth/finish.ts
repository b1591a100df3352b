import { validateAuthResponse } from 'oauth4webapi'
import { SignInError, type SignIns } from '../sign-ins.ts'
import { type FlowRecord, StoreError, type Tokens } from '../store.ts'
import { authorizationServer, type KnownServer } from './authorization-server.ts'
import { forgetClient, knownClient } from './clients.ts'
import { refused } from './failures.ts'
import type { OAuthParts } from './parts.ts'
import { isReturnTo, isShared } from './redirect.ts'
import { coversServer } from './resource.ts'
import { deniedOf } from './scopes.ts'
import { hashOf, isHashOf } from './secrets.ts'
import { exchange, TokenRefusal } from './tokens.ts'
import { knownCode, saidBy } from './words.ts'

const gone = 'That server is not there any more.'
const again = 'Begin the sign-in again.'

export async function finish(
  parts: OAuthParts,
  { callback, binding }: Parameters<SignIns['finish']>[0],
): Promise<{ userId: string; serverId: string }> {
  const parameters = callback.searchParams
  const flow = await flowOf(parts, parameters, binding)
  const { userId, serverId, resource } = flow
  const record = await parts.store.servers.get(userId, serverId)
  if (!record) throw new SignInError('not_found', gone)
  if (!coversServer(resource, record.url))
    throw refused(`The server is at another address now than when the sign-in began. ${again}`)
  const server = await authorizationServer(parts, flow.issuer)
  if (!isReturnTo(flow.redirectUri, callback))
    throw refused(
      `The answer to a sign-in at ${new URL(server.issuer).host} came back where that of another server does (RFC 9700, 4.4).`,
    )
  checkIssuer(server, parameters, flow.redirectUri)
  checkAnswer(server, parameters)
  const error = parameters.get('error')
  if (error !== null) throw await notGiven(parts, flow, error, parameters.get('error_description') ?? '')
  await exchanged(parts, flow, server, parameters)
  return { userId, serverId }
}

/** Taken once, whoever comes with it: a state that has been seen in another browser is of no use in the right one. */
async function flowOf(
  { store, now }: OAuthParts,
  parameters: URLSearchParams,
  binding: string | undefined,
): Promise<FlowRecord> {
  const [state, ...others] = parameters.getAll('state')
  const flow = state && others.length === 0 ? await store.oauth.takeFlow(hashOf(state)) : undefined
  if (!flow || flow.expiresAt.getTime() <= now())
    throw new SignInError('unknown_flow', `No such sign-in is under way, or it is too old. ${again}`)
  if (binding === undefined || !isHashOf(flow.bindingHash, binding))
    throw new SignInError('unknown_flow', `That sign-in was begun in another browser. ${again}`)
  return flow
}

/** RFC 9207: against an answer that another server than the one asked has given. */
function checkIssuer(server: KnownServer, parameters: URLSearchParams, redirectUri: string): void {
  const { host } = new URL(server.issuer)
  const [issuer, ...others] = parameters.getAll('iss')
  if (others.length > 0) throw refused(`The answer of ${host} names more than one issuer.`)
  if (issuer !== undefined && issuer !== server.issuer)
    throw refused(
      `The answer to a sign-in at ${host} comes from another server: ${saidBy(issuer)} (RFC 9207).`,
    )
  // Of an address where the answers of others come back, too, also where it says something else by now.
  const isNamed = server.authorization_response_iss_parameter_supported === true || isShared(redirectUri)
  if (issuer === undefined && isNamed)
    throw refused(`The answer to a sign-in at ${host} does not say whom it is from (RFC 9207).`)
}

/** A parameter that stands there twice may be read in two ways (RFC 6749, 3.1). */
function checkAnswer(server: KnownServer, parameters: URLSearchParams): void {
  const { host } = new URL(server.issuer)
  const isTwice = ['code', 'error'].some((name) => parameters.getAll(name).length > 1)
  const isBoth = parameters.has('code') === parameters.has('error')
  if (isTwice || isBoth) throw refused(`The answer of ${host} is neither a code nor an error.`)
}

async function notGiven(
  parts: OAuthParts,
  flow: FlowRecord,
  code: string,
  description: string,
): Promise<SignInError> {
  const { userId, serverId, scopes, issuer } = flow
  const { oauth } = parts.store
  const { host } = new URL(issuer)
  if (code === 'access_denied') {
    // A user who agreed to nothing the first time may come back; one who was asked for more has answered.
    const grant = await oauth.grant(userId, serverId)
    const denied = grant?.tokens ? deniedOf(scopes, grant.tokens.scopes) : []
    await stored(oauth.denied({ name: userId }, userId, serverId, denied))
    return new SignInError('denied', `You did not agree at ${host}, so nothing has changed.`)
  }
  if (code === 'unauthorized_client' || code === 'invalid_client') await forgetClient(parts, flow)
  const reason = [knownCode(code) ?? saidBy(code), ...(description === '' ? [] : [saidBy(description)])].join(
    ', ',
  )
  return refused(`The authorization server ${host} answers with an error: ${reason}.`)
}

async function exchanged(
  parts: OAuthParts,
  flow: FlowRecord,
  server: KnownServer,
  callbackParameters: URLSearchParams,
): Promise<void> {
  const { userId, serverId, issuer, clientId, redirectUri, resource, codeVerifier, scopes } = flow
  const { oauth } = parts.store
  const client = await knownClient(parts, flow)
  if (!client) throw new SignInError('unknown_flow', `Another sign-in has made us known there anew. ${again}`)
  const state = callbackParameters.get('state') ?? ''
  const parameters = validateAuthResponse(server, { client_id: clientId }, callbackParameters, state)
  const asked = { parameters, redirectUri, codeVerifier, scopes }
  let tokens: Tokens
  try {
    tokens = await exchange({ parts, server, client, resource }, asked)
  } catch (error) {
    if (!(error instanceof TokenRefusal)) throw error
    if (error.code === 'invalid_client') await forgetClient(parts, flow)
    throw refused(`${error.message} ${again}`)
  }
  const grant = await oauth.grant(userId, serverId)
  const denied = [...(grant?.deniedScopes ?? []), ...deniedOf(scopes, tokens.scopes)]
  const deniedScopes = deniedOf([...new Set(denied)], tokens.scopes)
  await stored(
    oauth.signedIn({ name: userId }, userId, serverId, {
      ...{ issuer, clientId, redirectUri, resource },
      ...{ tokens, deniedScopes },
    }),
  )
}

async function stored<Value>(done: Promise<Value>): Promise<Value> {
  try {
    return await done
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not_found') throw new SignInError('not_found', gone)
    throw error
  }
}
