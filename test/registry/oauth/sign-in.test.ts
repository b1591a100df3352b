import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createSignIns, type SignInOptions } from '../../../src/registry/oauth/create-sign-ins.ts'
import { redirectFor } from '../../../src/registry/oauth/redirect.ts'
import { AuthorizationServer } from './support/authorization-server.ts'
import { Browser } from './support/browser.ts'
import { MemoryStore } from './support/memory-store.ts'
import { ResourceServer } from './support/resource-server.ts'

const redirectUri = 'http://127.0.0.1:9/api/mcp/oauth/callback'
const binding = 'only this browser has it'
const ids = { userId: 'ann', serverId: 'mail' }
let as: AuthorizationServer
let rs: ResourceServer
let store: MemoryStore
let clock = Date.now

beforeAll(async () => {
  as = await AuthorizationServer.start()
})
afterAll(() => as.stop())
beforeEach(async () => {
  rs = await ResourceServer.start(as.issuer)
  store = new MemoryStore()
  store.addServer(ids.userId, ids.serverId, rs.url)
  as.consent = {}
  as.granted.length = as.revoked.length = as.registered.length = 0
  as.accessTokenLifetime = 600
  clock = Date.now
})
afterEach(() => {
  rs.stop()
  as.intercept = undefined
})

function signIns(more: Partial<SignInOptions> = {}) {
  const made = createSignIns({
    store,
    egress: { allowHosts: [as.host, rs.host] },
    publicUrl: () => 'http://127.0.0.1:9',
    clock: () => clock(),
    ...more,
  })
  onTestFinished(() => made.close())
  return made
}

function begin(made: ReturnType<typeof signIns>) {
  return made.begin({ ...ids, url: rs.url, redirectUri, binding })
}

async function signIn(made: ReturnType<typeof signIns>) {
  const { authorizationUrl } = await begin(made)
  const callback = await new Browser().follow(authorizationUrl, redirectUri)
  return made.finish({ callback, binding })
}

/** The token, that is known to be there. */
async function tokenOf(made: ReturnType<typeof signIns>) {
  const token = await made.accessToken(ids.userId, ids.serverId)
  if (!token) throw new Error('nobody is signed in')
  return token
}

test('a user signs in: found, registered, asked, and let in with a token for this server', async () => {
  const made = signIns()
  expect(await made.accessToken(ids.userId, ids.serverId)).toBeUndefined()
  const { authorizationUrl } = await begin(made)
  const asked = Object.fromEntries(new URL(authorizationUrl).searchParams)
  expect(asked).toEqual({
    response_type: 'code',
    client_id: as.registered[0],
    redirect_uri: redirectFor(as.issuer, redirectUri),
    state: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: 'S256',
    resource: rs.url,
    scope: 'read offline_access',
    prompt: 'consent',
  })
  // What is kept of it is of no use to who reads the database.
  expect(JSON.stringify([...store.flows.values()])).not.toContain(asked.state)
  expect(JSON.stringify([...store.flows.values()])).not.toContain(binding)

  const callback = await new Browser().follow(authorizationUrl, redirectUri)
  expect(await made.finish({ callback, binding })).toEqual(ids)
  const token = await tokenOf(made)
  expect(token).toEqual({
    value: expect.stringMatching(/^Bearer ey/),
    version: 1,
    expiresAt: expect.any(Date),
  })
  expect(await rs.ask(token.value)).toEqual({ status: 200, challenge: undefined })
  expect(store.grantOf(ids.userId, ids.serverId)).toMatchObject({
    state: 'signed_in',
    issuer: as.issuer,
    redirectUri: redirectFor(as.issuer, redirectUri),
    resource: rs.url,
    scopes: ['read'],
    deniedScopes: [],
  })

  // The second time it is known there.
  await signIn(made)
  expect(as.registered).toHaveLength(1)
})

test('where a 401 names no metadata, it is looked for in the well-known places', async () => {
  rs.isNamingMetadata = false
  const made = signIns()
  expect(await signIn(made)).toEqual(ids)
  const { host } = new URL(rs.url)
  rs.metadata = { resource: `http://${host}/other` }
  await expect(begin(made)).rejects.toMatchObject({ code: 'refused' })
})

test('a state is good once, in its time, in the browser that began it', async () => {
  const made = signIns()
  const { authorizationUrl } = await begin(made)
  const callback = await new Browser().follow(authorizationUrl, redirectUri)
  const foreign = made.finish({ callback, binding: 'another browser' })
  await expect(foreign).rejects.toMatchObject({
    code: 'unknown_flow',
    message: 'That sign-in was begun in another browser. Begin the sign-in again.',
  })
  await expect(made.finish({ callback, binding })).rejects.toMatchObject({ code: 'unknown_flow' })

  const second = new URL((await begin(made)).authorizationUrl)
  const without = await new Browser().follow(second.href, redirectUri)
  await expect(made.finish({ callback: without, binding: undefined })).rejects.toMatchObject({
    code: 'unknown_flow',
  })

  const third = await new Browser().follow((await begin(made)).authorizationUrl, redirectUri)
  expect(await made.finish({ callback: third, binding })).toEqual(ids)
  await expect(made.finish({ callback: third, binding })).rejects.toMatchObject({ code: 'unknown_flow' })

  const late = await new Browser().follow((await begin(made)).authorizationUrl, redirectUri)
  clock = () => Date.now() + 10 * 60_000
  await expect(made.finish({ callback: late, binding })).rejects.toMatchObject({ code: 'unknown_flow' })
  const unknown = new URL(`${redirectUri}?code=x&state=made-up`)
  await expect(made.finish({ callback: unknown, binding })).rejects.toMatchObject({ code: 'unknown_flow' })
  const stateless = new URL(`${redirectUri}?code=x`)
  await expect(made.finish({ callback: stateless, binding })).rejects.toMatchObject({ code: 'unknown_flow' })
})

test('an answer that another authorization server gave is not taken for the one that was asked', async () => {
  const made = signIns()
  const begun = async () => new Browser().follow((await begin(made)).authorizationUrl, redirectUri)
  const mixedUp = await begun()
  mixedUp.searchParams.set('iss', 'https://evil.example')
  await expect(made.finish({ callback: mixedUp, binding })).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('comes from another server: https://evil.example (RFC 9207)'),
  })
  const silent = await begun()
  silent.searchParams.delete('iss')
  await expect(made.finish({ callback: silent, binding })).rejects.toThrow('does not say whom it is from')
  const twice = await begun()
  twice.searchParams.append('iss', as.issuer)
  await expect(made.finish({ callback: twice, binding })).rejects.toThrow('names more than one issuer')
  const two = await begun()
  two.searchParams.append('code', 'x')
  await expect(made.finish({ callback: two, binding })).rejects.toThrow('neither a code nor an error')
  expect(store.grantOf(ids.userId, ids.serverId)).toBeUndefined()
  expect(as.granted).toEqual([])
})

test('a token goes to the server that it was given for, wherever that moves to', async () => {
  const made = signIns()
  const { authorizationUrl } = await begin(made)
  const callback = await new Browser().follow(authorizationUrl, redirectUri)
  store.addServer(ids.userId, ids.serverId, 'https://other.example/mcp')
  await expect(made.finish({ callback, binding })).rejects.toThrow('at another address now')
  expect(as.granted).toEqual([])

  store.addServer(ids.userId, ids.serverId, rs.url)
  await signIn(made)
  await tokenOf(made)
  for (const moved of ['https://other.example/mcp', `${new URL(rs.url).origin}/other`]) {
    store.addServer(ids.userId, ids.serverId, moved)
    expect(await made.accessToken(ids.userId, ids.serverId)).toBeUndefined()
  }
  store.entries.clear()
  expect(await made.accessToken(ids.userId, ids.serverId)).toBeUndefined()
  await expect(begin(made)).rejects.toMatchObject({ code: 'not_found' })
})

test('a token of one server is refused by another, and nobody else has it', async () => {
  const other = await ResourceServer.start(as.issuer)
  onTestFinished(() => other.stop())
  const made = signIns()
  await signIn(made)
  const { value } = await tokenOf(made)
  expect((await other.ask(value)).status).toBe(401)
  expect(await made.accessToken('bob', ids.serverId)).toBeUndefined()
  expect(await made.accessToken(ids.userId, 'files')).toBeUndefined()
})

test('headers that a user stored go to the server itself, and no further', async () => {
  store.addServer(ids.userId, ids.serverId, rs.url, { 'x-api-key': 'canary', authorization: 'Basic canary' })
  const seen: string[] = []
  as.intercept = ({ headers, url }) => {
    seen.push(`${url} ${JSON.stringify(headers)}`)
    return false
  }
  await signIn(signIns())
  const withKey = rs.seen.filter(({ headers }) => headers['x-api-key'] === 'canary')
  expect(withKey.map(({ path }) => path)).toEqual(['/mcp'])
  expect(JSON.stringify(rs.seen)).not.toContain('Basic canary')
  expect(seen.length).toBeGreaterThan(3)
  expect(seen.filter((one) => one.includes('canary'))).toEqual([])
})

describe('tokens that end', () => {
  const untilLate = () => Date.now() + (as.accessTokenLifetime - 30) * 1_000

  test('are refreshed a minute before, once for all who ask, and rotated', async () => {
    const made = signIns()
    await signIn(made)
    const first = await tokenOf(made)
    const before = store.grantOf(ids.userId, ids.serverId)?.tokens?.refreshToken
    clock = untilLate
    const tokens = await Promise.all([tokenOf(made), tokenOf(made), tokenOf(made)])
    expect(new Set(tokens.map(({ value }) => value)).size).toBe(1)
    expect(tokens[0]?.value).not.toBe(first.value)
    expect(await rs.ask(tokens[0]?.value)).toMatchObject({ status: 200 })
    expect(as.granted).toEqual(['authorization_code', 'refresh_token'])
    expect(store.grantOf(ids.userId, ids.serverId)?.tokens?.refreshToken).not.toBe(before)
    const later = Date.now() + 20 * 60_000
    clock = () => later
    expect((await tokenOf(made)).version).toBe(3)
  })

  test('are refreshed before anybody asks', async () => {
    const made = signIns({ sweepIntervalMs: 20 })
    await signIn(made)
    const refreshed = new Promise<void>((resolve) => {
      const { change } = store
      store.change = (...args) => {
        const grant = change.apply(store, args)
        if (grant.version === 2) resolve()
        return grant
      }
    })
    clock = untilLate
    await refreshed
    expect(as.granted).toEqual(['authorization_code', 'refresh_token'])
  })

  test('of a refresh that fails for now stay, and are asked for again after a while', async () => {
    const made = signIns()
    await signIn(made)
    const first = await tokenOf(made)
    clock = untilLate
    let asked = 0
    as.intercept = (request, response) => {
      if (request.url !== '/token') return false
      asked++
      response.writeHead(503).end()
      return true
    }
    expect(await tokenOf(made)).toEqual(first)
    expect(await tokenOf(made)).toEqual(first)
    expect(asked).toBe(1)
    // Another registry need not wait for the end of a lease that nobody uses.
    expect(await tokenOf(signIns())).toEqual(first)
    expect(asked).toBe(2)
    const soon = untilLate() + 2_000
    clock = () => soon
    expect(await tokenOf(made)).toEqual(first)
    expect(asked).toBe(3)
    as.intercept = undefined
    clock = () => soon + 3_000
    expect((await tokenOf(made)).version).toBe(2)
  })

  test('and cannot be refreshed any more ask for another sign-in', async () => {
    const made = signIns()
    await signIn(made)
    const grant = store.grantOf(ids.userId, ids.serverId)
    if (!grant?.tokens) throw new Error('nobody is signed in')
    store.change(ids.userId, ids.serverId, { tokens: { ...grant.tokens, refreshToken: 'unknown' } })
    clock = untilLate
    expect(await made.accessToken(ids.userId, ids.serverId)).toBeUndefined()
    expect(store.grantOf(ids.userId, ids.serverId)).toMatchObject({
      state: 'signed_out',
      tokens: undefined,
      wantedScopes: ['read'],
    })
    clock = Date.now
    await signIn(made)
    expect((await tokenOf(made)).version).toBe(2)
  })

  test('without a refresh token are given until then, and not after', async () => {
    const made = signIns()
    await signIn(made)
    const { tokens } = store.grantOf(ids.userId, ids.serverId) ?? {}
    if (!tokens) throw new Error('nobody is signed in')
    store.change(ids.userId, ids.serverId, { tokens: { ...tokens, refreshToken: undefined } })
    clock = untilLate
    expect((await tokenOf(made)).version).toBe(1)
    clock = () => Date.now() + 601_000
    expect(await made.accessToken(ids.userId, ids.serverId)).toBeUndefined()
    expect(store.grantOf(ids.userId, ids.serverId)).toMatchObject({ state: 'signed_out', tokens: undefined })
  })
})

test('two registries on one database refresh once', async () => {
  const one = signIns()
  const other = signIns()
  await signIn(one)
  const late = Date.now() + 570_000
  clock = () => late
  const tokens = await Promise.all([tokenOf(one), tokenOf(other), tokenOf(one), tokenOf(other)])
  expect(new Set(tokens.map(({ value }) => value)).size).toBe(1)
  expect(as.granted).toEqual(['authorization_code', 'refresh_token'])
})

test('who signs out is signed out there as well, also where that fails', async () => {
  const made = signIns()
  await signIn(made)
  await made.signOut({ name: 'ann' }, ids.userId, ids.serverId)
  expect(await made.accessToken(ids.userId, ids.serverId)).toBeUndefined()
  expect(as.revoked).toHaveLength(1)

  await signIn(made)
  as.intercept = (_request, response) => {
    response.destroy()
    return true
  }
  await made.signOut({ name: 'ann' }, ids.userId, ids.serverId)
  await made.signOut({ name: 'ann' }, ids.userId, 'unknown')
  expect(store.grantOf(ids.userId, ids.serverId)?.tokens).toBeUndefined()
})

test('a client that is known there no more is registered anew', async () => {
  const made = signIns()
  await begin(made)
  const key = [...store.clients.keys()][0] ?? ''
  const client = store.clients.get(key)
  if (!client) throw new Error('not registered')
  const expiresAt = new Date(Date.now() + 60_000)
  store.clients.set(key, { ...client, clientSecret: 'old', expiresAt })
  await begin(made)
  expect(as.registered).toHaveLength(2)

  await signIn(made)
  const { clientId } = store.grantOf(ids.userId, ids.serverId) ?? {}
  store.change(ids.userId, ids.serverId, { clientId: 'unknown' })
  store.clients.set(key, { ...client, clientId: 'unknown' })
  const late = Date.now() + 570_000
  clock = () => late
  expect(await made.accessToken(ids.userId, ids.serverId)).toBeUndefined()
  expect([clientId, store.clients.size]).toEqual([as.registered[1], 0])
  await signIn(made)
  expect(as.registered).toHaveLength(3)
})
