import { describe, expect, onTestFinished, test } from 'vitest'
import type { SignInOptions } from '../../../src/registry/oauth/create-sign-ins.ts'
import { redirectFor } from '../../../src/registry/oauth/redirect.ts'
import type { SignIns } from '../../../src/registry/sign-ins.ts'
import { Browser } from './support/browser.ts'
import { binding, ids, redirectUri } from './support/fake-user.ts'
import { RealUser } from './support/real-user.ts'
import { ResourceServer } from './support/resource-server.ts'

const user = await RealUser.start()
const { as } = user
const signIns = (more: Partial<SignInOptions> = {}) => user.signIns(more)
const begin = (made: SignIns) => user.begin(made)
const signIn = (made: SignIns) => user.signIn(made)

/** The token, that is known to be there. */
async function tokenOf(made: SignIns) {
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
    resource: user.rs.url,
    scope: 'read offline_access',
    prompt: 'consent',
  })
  // What is kept of it is of no use to who reads the database.
  expect(JSON.stringify([...user.store.flows.values()])).not.toContain(asked.state)
  expect(JSON.stringify([...user.store.flows.values()])).not.toContain(binding)

  const callback = await new Browser().follow(authorizationUrl, redirectUri)
  expect(await made.finish({ callback, binding })).toEqual(ids)
  const token = await tokenOf(made)
  expect(token).toEqual({
    value: expect.stringMatching(/^Bearer ey/),
    version: 1,
    expiresAt: expect.any(Date),
  })
  expect(await user.rs.ask(token.value)).toEqual({ status: 200, challenge: undefined })
  expect(user.store.grantOf(ids.userId, ids.serverId)).toMatchObject({
    state: 'signed_in',
    issuer: as.issuer,
    redirectUri: redirectFor(as.issuer, redirectUri),
    resource: user.rs.url,
    scopes: ['read'],
    deniedScopes: [],
  })

  // The second time it is known there.
  await signIn(made)
  expect(as.registered).toHaveLength(1)
})

test('where a 401 names no metadata, it is looked for in the well-known places', async () => {
  user.rs.isNamingMetadata = false
  const made = signIns()
  expect(await signIn(made)).toEqual(ids)
  const { host } = new URL(user.rs.url)
  user.rs.metadata = { resource: `http://${host}/other` }
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
  user.clock = () => Date.now() + 10 * 60_000
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
  expect(user.store.grantOf(ids.userId, ids.serverId)).toBeUndefined()
  expect(as.granted).toEqual([])
})

test('a token goes to the server that it was given for, wherever that moves to', async () => {
  const made = signIns()
  const { authorizationUrl } = await begin(made)
  const callback = await new Browser().follow(authorizationUrl, redirectUri)
  user.store.addServer(ids.userId, ids.serverId, 'https://other.example/mcp')
  await expect(made.finish({ callback, binding })).rejects.toThrow('at another address now')
  expect(as.granted).toEqual([])

  user.store.addServer(ids.userId, ids.serverId, user.rs.url)
  await signIn(made)
  await tokenOf(made)
  for (const moved of ['https://other.example/mcp', `${new URL(user.rs.url).origin}/other`]) {
    user.store.addServer(ids.userId, ids.serverId, moved)
    expect(await made.accessToken(ids.userId, ids.serverId)).toBeUndefined()
  }
  user.store.entries.clear()
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
  user.store.addServer(ids.userId, ids.serverId, user.rs.url, {
    'x-api-key': 'canary',
    authorization: 'Basic canary',
  })
  const seen: string[] = []
  as.intercept = ({ headers, url }) => {
    seen.push(`${url} ${JSON.stringify(headers)}`)
    return false
  }
  await signIn(signIns())
  const withKey = user.rs.seen.filter(({ headers }) => headers['x-api-key'] === 'canary')
  expect(withKey.map(({ path }) => path)).toEqual(['/mcp'])
  expect(JSON.stringify(user.rs.seen)).not.toContain('Basic canary')
  expect(seen.length).toBeGreaterThan(3)
  expect(seen.filter((one) => one.includes('canary'))).toEqual([])
})

describe('tokens that end', () => {
  const untilLate = () => Date.now() + (as.accessTokenLifetime - 30) * 1_000

  test('are refreshed a minute before, once for all who ask, and rotated', async () => {
    const made = signIns()
    await signIn(made)
    const first = await tokenOf(made)
    const before = user.store.grantOf(ids.userId, ids.serverId)?.tokens?.refreshToken
    user.clock = untilLate
    const tokens = await Promise.all([tokenOf(made), tokenOf(made), tokenOf(made)])
    expect(new Set(tokens.map(({ value }) => value)).size).toBe(1)
    expect(tokens[0]?.value).not.toBe(first.value)
    expect(await user.rs.ask(tokens[0]?.value)).toMatchObject({ status: 200 })
    expect(as.granted).toEqual(['authorization_code', 'refresh_token'])
    expect(user.store.grantOf(ids.userId, ids.serverId)?.tokens?.refreshToken).not.toBe(before)
    const later = Date.now() + 20 * 60_000
    user.clock = () => later
    expect((await tokenOf(made)).version).toBe(3)
  })

  test('are refreshed before anybody asks', async () => {
    const made = signIns({ sweepIntervalMs: 20 })
    await signIn(made)
    const refreshed = new Promise<void>((resolve) => {
      const { change } = user.store
      user.store.change = (...args) => {
        const grant = change.apply(user.store, args)
        if (grant.version === 2) resolve()
        return grant
      }
    })
    user.clock = untilLate
    await refreshed
    expect(as.granted).toEqual(['authorization_code', 'refresh_token'])
  })

  test('of a refresh that fails for now stay, and are asked for again after a while', async () => {
    const made = signIns()
    await signIn(made)
    const first = await tokenOf(made)
    user.clock = untilLate
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
    user.clock = () => soon
    expect(await tokenOf(made)).toEqual(first)
    expect(asked).toBe(3)
    as.intercept = undefined
    user.clock = () => soon + 3_000
    expect((await tokenOf(made)).version).toBe(2)
  })

  test('and cannot be refreshed any more ask for another sign-in', async () => {
    const made = signIns()
    await signIn(made)
    const grant = user.store.grantOf(ids.userId, ids.serverId)
    if (!grant?.tokens) throw new Error('nobody is signed in')
    user.store.change(ids.userId, ids.serverId, { tokens: { ...grant.tokens, refreshToken: 'unknown' } })
    user.clock = untilLate
    expect(await made.accessToken(ids.userId, ids.serverId)).toBeUndefined()
    expect(user.store.grantOf(ids.userId, ids.serverId)).toMatchObject({
      state: 'signed_out',
      tokens: undefined,
      wantedScopes: ['read'],
    })
    user.clock = Date.now
    await signIn(made)
    expect((await tokenOf(made)).version).toBe(2)
  })

  test('without a refresh token are given until then, and not after', async () => {
    const made = signIns()
    await signIn(made)
    const { tokens } = user.store.grantOf(ids.userId, ids.serverId) ?? {}
    if (!tokens) throw new Error('nobody is signed in')
    user.store.change(ids.userId, ids.serverId, { tokens: { ...tokens, refreshToken: undefined } })
    user.clock = untilLate
    expect((await tokenOf(made)).version).toBe(1)
    user.clock = () => Date.now() + 601_000
    expect(await made.accessToken(ids.userId, ids.serverId)).toBeUndefined()
    expect(user.store.grantOf(ids.userId, ids.serverId)).toMatchObject({
      state: 'signed_out',
      tokens: undefined,
    })
  })
})

test('two registries on one database refresh once', async () => {
  const one = signIns()
  const other = signIns()
  await signIn(one)
  const late = Date.now() + 570_000
  user.clock = () => late
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
  expect(user.store.grantOf(ids.userId, ids.serverId)?.tokens).toBeUndefined()
})

test('a client that is known there no more is registered anew', async () => {
  const made = signIns()
  await begin(made)
  const key = [...user.store.clients.keys()][0] ?? ''
  const client = user.store.clients.get(key)
  if (!client) throw new Error('not registered')
  const expiresAt = new Date(Date.now() + 60_000)
  user.store.clients.set(key, { ...client, clientSecret: 'old', expiresAt })
  await begin(made)
  expect(as.registered).toHaveLength(2)

  await signIn(made)
  const { clientId } = user.store.grantOf(ids.userId, ids.serverId) ?? {}
  user.store.change(ids.userId, ids.serverId, { clientId: 'unknown' })
  user.store.clients.set(key, { ...client, clientId: 'unknown' })
  const late = Date.now() + 570_000
  user.clock = () => late
  expect(await made.accessToken(ids.userId, ids.serverId)).toBeUndefined()
  expect([clientId, user.store.clients.size]).toEqual([as.registered[1], 0])
  await signIn(made)
  expect(as.registered).toHaveLength(3)
})
