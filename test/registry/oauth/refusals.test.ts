import { beforeEach, expect, test } from 'vitest'
import { DatabaseUnreachable } from '../../../src/registry/database/failures.ts'
import type { SignIns } from '../../../src/registry/sign-ins.ts'
import { ids } from './support/fake-user.ts'
import { RealUser } from './support/real-user.ts'

const user = await RealUser.start()
const { as } = user
let made: SignIns
let now: number

beforeEach(() => {
  now = Date.now()
  user.clock = () => now
  made = user.signIns()
})

/** Which scopes the user is asked for. */
async function asked(): Promise<string | null> {
  const { authorizationUrl } = await user.begin(made)
  return new URL(authorizationUrl).searchParams.get('scope')
}

const signIn = () => user.signIn(made)

/** A request with what there is, and what is said of its refusal. */
async function refusal() {
  const token = await made.accessToken(ids.userId, ids.serverId)
  const { status, challenge } = await user.rs.ask(token?.value)
  if (status !== 401 && status !== 403) throw new Error(`not refused but ${status}`)
  return made.refused({ ...ids, url: user.rs.url, version: token?.version, status, challenge })
}

function facts() {
  const { state, scopes, wantedScopes, deniedScopes } = user.store.grantOf(ids.userId, ids.serverId) ?? {}
  return { state, scopes, wantedScopes, deniedScopes }
}

test('more rights are asked for beside those that are there, once, and never again when denied', async () => {
  await signIn()
  user.rs.scope = 'read write'
  expect(await refusal()).toEqual({
    token: undefined,
    reason: 'The server wants write: the user has to sign in for it.',
  })
  const wanted = { state: 'more_needed', scopes: ['read'], wantedScopes: ['write'], deniedScopes: [] }
  expect(facts()).toEqual(wanted)
  // The same once more is no news to anybody.
  const { changes } = user.store
  await refusal()
  expect([facts(), user.store.changes]).toEqual([wanted, changes])
  expect(await asked()).toBe('read write offline_access')

  as.consent = { scopes: ['read'] }
  await signIn()
  expect(facts()).toEqual({ ...wanted, state: 'signed_in', wantedScopes: [], deniedScopes: ['write'] })
  expect(await refusal()).toEqual({
    token: undefined,
    reason: 'The server wants write, which the user did not give.',
  })
  expect(facts().state).toBe('signed_in')
  expect(await asked()).toBe('read offline_access')

  // Another right that is missing is asked for, without the one denied.
  user.rs.scope = 'read write admin'
  await refusal()
  expect(await asked()).toBe('read admin offline_access')
  as.consent = {}
  await signIn()
  expect(facts()).toEqual({
    state: 'signed_in',
    scopes: ['read', 'admin'],
    wantedScopes: [],
    deniedScopes: ['write'],
  })

  // Who signs out and in again has changed their mind.
  await made.signOut({ name: 'ann' }, ids.userId, ids.serverId)
  await signIn()
  expect(facts()).toEqual({
    state: 'signed_in',
    scopes: ['read', 'write', 'admin'],
    wantedScopes: [],
    deniedScopes: [],
  })
})

test('a no to everything changes nothing the first time, and is remembered for rights beside those that are there', async () => {
  as.consent = { isDenied: true }
  await expect(signIn()).rejects.toMatchObject({ code: 'denied' })
  expect(await asked()).toBe('read offline_access')
  as.consent = {}
  await signIn()
  user.rs.scope = 'read write'
  await refusal()
  as.consent = { isDenied: true }
  await expect(signIn()).rejects.toMatchObject({
    code: 'denied',
    message: `You did not agree at ${as.host}, so nothing has changed.`,
  })
  expect(facts()).toEqual({
    state: 'signed_in',
    scopes: ['read'],
    wantedScopes: [],
    deniedScopes: ['write'],
  })
})

test('a refused token is replaced by a newer one, else refreshed once, else the user has to sign in again', async () => {
  await signIn()
  const first = await made.accessToken(ids.userId, ids.serverId)
  const refusedFirst = {
    ...ids,
    url: user.rs.url,
    version: first?.version,
    status: 401,
    challenge: undefined,
  } as const
  const refreshed = await made.refused(refusedFirst)
  expect(refreshed.reason).toBe('The token has been refreshed.')
  expect(await user.rs.ask(refreshed.token?.value)).toMatchObject({ status: 200 })
  expect(await made.refused(refusedFirst)).toEqual({
    token: refreshed.token,
    reason: 'There is a newer token.',
  })
  expect(as.granted).toEqual(['authorization_code', 'refresh_token'])

  const refusedFresh = { ...refusedFirst, version: refreshed.token?.version }
  expect(await made.refused(refusedFresh)).toEqual({
    token: undefined,
    reason: 'The server refuses its token: the user has to sign in again.',
  })
  expect(as.granted).toEqual(['authorization_code', 'refresh_token'])
  expect(facts()).toEqual({ state: 'signed_out', scopes: [], wantedScopes: ['read'], deniedScopes: [] })
})

test('while no new token can be had for now, the refused one is kept', async () => {
  await signIn()
  const token = await made.accessToken(ids.userId, ids.serverId)
  as.intercept = (request, response) => {
    if (request.url === '/token') response.destroy()
    return request.url === '/token'
  }
  const refused = {
    ...ids,
    url: user.rs.url,
    version: token?.version,
    status: 401,
    challenge: undefined,
  } as const
  const answer = { token: undefined, reason: 'The authorization server gives no new token for now.' }
  expect(await made.refused(refused)).toEqual(answer)
  expect(facts().state).toBe('signed_in')
  as.intercept = undefined
  now += 2_000
  expect((await made.refused(refused)).token?.version).toBe(2)
})

test('where nobody is signed in, the user is asked to, if the server describes a sign-in', async () => {
  expect(await refusal()).toEqual({
    token: undefined,
    reason: 'The server wants the user to sign in.',
  })
  expect(facts()).toEqual({ state: 'signed_out', scopes: [], wantedScopes: ['read'], deniedScopes: [] })

  const bare = {
    ...ids,
    serverId: 'files',
    version: undefined,
    status: 401,
    challenge: 'Basic realm="x"',
  } as const
  user.store.addServer(ids.userId, 'files', user.rs.url)
  await made.refused({ ...bare, url: user.rs.url })
  expect(user.store.grantOf(ids.userId, 'files')?.state).toBe('signed_out')
  user.store.addServer(ids.userId, 'keyed', `http://${as.host}/mcp`)
  expect(await made.refused({ ...bare, serverId: 'keyed', url: `http://${as.host}/mcp` })).toEqual({
    token: undefined,
    reason: 'The server refuses what it was given, and describes no sign-in: its headers may be wrong.',
  })
  expect(user.store.grantOf(ids.userId, 'keyed')).toBeUndefined()
  // It is removed while a call still has it.
  expect((await made.refused({ ...bare, serverId: 'gone', url: user.rs.url })).token).toBeUndefined()
})

test('a 403 that no sign-in can help is told as one', async () => {
  const forbidden = {
    ...ids,
    url: user.rs.url,
    version: undefined,
    status: 403,
    challenge: undefined,
  } as const
  expect((await made.refused(forbidden)).reason).toBe('The server forbids it and asks for no sign-in.')
  await signIn()
  expect((await made.refused(forbidden)).reason).toBe(
    'The server forbids it to whom is signed in; another sign-in is no help.',
  )
  const challenge = 'Bearer error="insufficient_scope", scope="read"'
  expect((await made.refused({ ...forbidden, version: 1, challenge })).reason).toBe(
    'The server asks for more rights, and names none that are not there.',
  )
  const newer = await made.refused({ ...forbidden, version: 0, challenge })
  expect([newer.token?.version, newer.reason]).toEqual([1, 'There is a newer token with more rights.'])
  expect(facts()).toMatchObject({ state: 'signed_in', wantedScopes: [] })
  expect(as.granted).toEqual(['authorization_code'])
})

test('a server that names other scopes each time is not remembered without end', async () => {
  const refused = { ...ids, url: user.rs.url, version: undefined, status: 401 } as const
  const told = (round: number) => Array.from({ length: 60 }, (_, at) => `scope-${round}-${at}`)
  for (let round = 0; round < 4; round++)
    await made.refused({ ...refused, challenge: `Bearer scope="${told(round).join(' ')}"` })
  expect(facts().wantedScopes).toEqual([...told(0), ...told(1).slice(0, 40)])
  expect(user.store.changes).toBe(2)
})

test('who signs in anew while the old token turns out to be of no use stays signed in', async () => {
  await signIn()
  const first = await made.accessToken(ids.userId, ids.serverId)
  const refused = { ...ids, url: user.rs.url, status: 401, challenge: undefined } as const
  const { token } = await made.refused({ ...refused, version: first?.version })
  const { tokensEnded } = user.store.oauth
  user.store.oauth.tokensEnded = async (...which) => {
    await signIn()
    return tokensEnded(...which)
  }
  await made.refused({ ...refused, version: token?.version })
  const anew = await made.accessToken(ids.userId, ids.serverId)
  expect(anew?.version).toBeGreaterThan(token?.version ?? 0)
  expect(facts()).toMatchObject({ state: 'signed_in', wantedScopes: [] })
})

test('a token that came while the database was away is kept once it is back', async () => {
  await signIn()
  const { refreshed } = user.store.oauth
  let attempts = 0
  user.store.oauth.refreshed = async (...which) => {
    attempts += 1
    if (attempts < 3) throw new DatabaseUnreachable('the database does not answer')
    return refreshed(...which)
  }
  now += 570_000
  const token = await made.accessToken(ids.userId, ids.serverId)
  expect(await user.rs.ask(token?.value)).toMatchObject({ status: 200 })
  expect(as.granted).toEqual(['authorization_code', 'refresh_token'])
  expect(facts().state).toBe('signed_in')
})
