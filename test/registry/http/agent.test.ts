import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccessToken, SignIns } from '../../../src/registry/sign-ins.ts'
import type { TestResult } from '../../../src/registry/wire.ts'
import { until } from '../../support/until.ts'
import { idOf, noSignIns, type Service, startService } from './service.ts'

/** What is known of sign-ins, by user. */
const tokens = new Map<string, AccessToken>()
const renewed = new Map<string, AccessToken>()
const refusals: Parameters<SignIns['refused']>[0][] = []
const signIns: SignIns = {
  ...noSignIns,
  accessToken: async (userId) => tokens.get(userId),
  refused: async (refusal) => {
    refusals.push(refusal)
    return { token: renewed.get(refusal.userId), reason: 'it was refused' }
  },
}
const expiresAt = new Date('2030-01-01T00:00:00Z')
const found: TestResult = {
  ...{ status: 'ready', durationMs: 12, rejected: [], needsSignIn: false },
  peer: { name: 'mail', version: '1', protocolVersion: '2025-11-25' },
  functions: [{ name: 'send', description: 'Sends.' }],
}

let service: Service
let tests: (() => void)[] = []
beforeAll(async () => {
  service = await startService({
    limits: { testTimeoutMs: 400 },
    parts: {
      signIns,
      testServer: async ({ name, headers, credentials }) => {
        if (name === 'hangs') await new Promise<void>((resolve) => tests.push(resolve))
        if (name === 'refuses') {
          const refusal = { refused: credentials?.authorization, status: 401, challenge: 'Bearer' } as const
          const answer = await credentials?.refuse(refusal)
          return { ...found, problem: `${answer?.isRenewed} ${credentials?.authorization}` }
        }
        return { ...found, problem: `${headers['X-Key']} ${credentials?.authorization}` }
      },
    },
  })
})
afterAll(async () => {
  for (const end of tests) end()
  tests = []
  await service.close()
})

async function add(as: string, name: string, rest = {}): Promise<string> {
  const body = { name, url: 'https://mcp.example.com/mcp', ...rest }
  return idOf(await service.ask('POST', '/servers', { as, body }))
}

const signInUrlOf = (id: string) => `https://app.example.com/servers/${id}`

test('an agent gets enabled servers in order, with headers and tokens, or where to sign in', async () => {
  const { ask, agent, store } = service
  const plain = await add('anna', 'plain', { headers: { 'X-Key': 'secret' }, tools: { confirm: ['send'] } })
  await add('anna', 'off', { enabled: false })
  const wanting = await add('anna', 'wanting')
  await store.oauth.signInNeeded('anna', wanting, ['mail'])
  const base = { url: 'https://mcp.example.com/mcp', headers: {}, tools: {} }
  const answerFor = (last: object) => ({
    lifetimeMs: 60_000,
    servers: [
      { ...base, id: plain, name: 'plain', headers: { 'X-Key': 'secret' }, tools: { confirm: ['send'] } },
      { ...base, id: wanting, name: 'wanting', ...last },
    ],
  })
  const path = '/agent/users/anna/servers'
  const before = await ask('GET', path, { as: agent })
  expect(before).toMatchObject({ status: 200 })
  expect(before.body).toEqual(answerFor({ signInUrl: signInUrlOf(wanting) }))
  expect(before.headers.get('cache-control')).toBe('no-store')

  tokens.set('anna', { value: 'Bearer one', version: 3, expiresAt })
  expect((await ask('GET', path, { as: agent })).body).toEqual(
    answerFor({
      authorization: { value: 'Bearer one', version: 3, expiresAt: '2030-01-01T00:00:00.000Z' },
    }),
  )

  // The token has ended and its authorization server is away: to sign in there would be no help.
  tokens.delete('anna')
  await store.oauth.signedIn({ name: 'anna' }, 'anna', wanting, {
    ...{ issuer: 'https://login.example.com', clientId: 'c', redirectUri: 'https://x.example/' },
    ...{ resource: base.url, deniedScopes: [] },
    tokens: { accessToken: 'a', refreshToken: 'r', scopes: [], expiresAt },
  })
  expect((await ask('GET', path, { as: agent })).body).toEqual(answerFor({}))
  expect((await ask('GET', '/agent/users/nobody/servers', { as: agent })).body).toEqual({
    ...{ lifetimeMs: 60_000, servers: [] },
  })
})

test('an agent that was refused gets another token, or where to sign in', async () => {
  const { ask, agent, store } = service
  const id = await add('berta', 'mail')
  const path = `/agent/users/berta/servers/${id}/refusal`
  const body = { status: 401, version: 3, challenge: 'Bearer scope="mail"' }
  // Nothing is known of a sign-in: one would not help.
  expect((await ask('POST', path, { as: agent, body })).body).toEqual({ reason: 'it was refused' })
  await store.oauth.signInNeeded('berta', id, [])
  expect((await ask('POST', path, { as: agent, body })).body).toEqual({
    ...{ reason: 'it was refused', signInUrl: signInUrlOf(id) },
  })
  renewed.set('berta', { value: 'Bearer two', version: 4, expiresAt: undefined })
  expect((await ask('POST', path, { as: agent, body })).body).toEqual({
    ...{ reason: 'it was refused', authorization: { value: 'Bearer two', version: 4 } },
  })
  const told = { userId: 'berta', serverId: id, url: 'https://mcp.example.com/mcp', ...body }
  expect(refusals.filter(({ userId }) => userId === 'berta')).toEqual([told, told, told])
  for (const wrong of [{}, { status: 404 }, { status: 401, version: 'x' }, { status: 401, more: 1 }]) {
    expect(await ask('POST', path, { as: agent, body: wrong })).toMatchObject({ status: 400 })
  }
})

test('what an agent sees of servers is told to their user', async () => {
  const { ask, agent } = service
  const id = await add('carla', 'mail')
  const seen = { id, status: 'reconnecting', problem: 'lost', functions: ['send'] }
  const path = '/agent/users/carla/statuses'
  expect(await ask('PUT', path, { as: agent, body: { servers: [seen] } })).toMatchObject({ status: 204 })
  expect((await ask('GET', `/servers/${id}`, { as: 'carla' })).body).toMatchObject({
    status: 'reconnecting',
    lastSeen: { status: 'reconnecting', problem: 'lost', functions: ['send'], from: 'call' },
  })
  const wrong = { servers: [{ ...seen, status: 'fine' }] }
  expect(await ask('PUT', path, { as: agent, body: wrong })).toMatchObject({ status: 400 })
})

test('a report of servers with many functions is taken whole', async () => {
  const { ask, agent } = service
  const functions = Array.from(
    { length: 1_000 },
    (_, at) => `a_function_whose_name_is_as_long_as_a_model_takes_it_number_${at}`,
  )
  const servers = await Promise.all(
    ['one', 'two'].map(async (name) => ({ id: await add('ines', name), status: 'ready', functions })),
  )
  const path = '/agent/users/ines/statuses'
  expect(await ask('PUT', path, { as: agent, body: { servers } })).toMatchObject({ status: 204 })
  expect((await ask('GET', `/servers/${servers[1]?.id}`, { as: 'ines' })).body).toMatchObject({
    lastSeen: { functions },
  })
})

test('a test gives the server what it is to be given, and what it finds is remembered', async () => {
  const { ask, store } = service
  const id = await add('dora', 'mail', { headers: { 'X-Key': 'secret' } })
  await store.oauth.signInNeeded('dora', id, [])
  tokens.set('dora', { value: 'Bearer one', version: 1, expiresAt })
  const answer = await ask('POST', `/servers/${id}/test`, { as: 'dora' })
  expect(answer).toMatchObject({ status: 200, body: { ...found, problem: 'secret Bearer one' } })
  expect((await ask('GET', `/servers/${id}`, { as: 'dora' })).body).toMatchObject({
    status: 'ready',
    lastSeen: { status: 'ready', from: 'test', functions: ['send'] },
  })
})

test('a server that refuses in a test is given another token', async () => {
  const { ask, store } = service
  const id = await add('emma', 'refuses')
  await store.oauth.signInNeeded('emma', id, [])
  tokens.set('emma', { value: 'Bearer old', version: 7, expiresAt })
  renewed.set('emma', { value: 'Bearer new', version: 8, expiresAt })
  expect((await ask('POST', `/servers/${id}/test`, { as: 'emma' })).body).toMatchObject({
    problem: 'true Bearer new',
  })
  expect(refusals.filter(({ userId }) => userId === 'emma')).toMatchObject([{ version: 7, status: 401 }])
})

test('a test that does not end is ended, and a user has two at once', async () => {
  const { ask } = service
  const id = await add('frida', 'hangs')
  const other = await add('greta', 'mail')
  const test = () => ask('POST', `/servers/${id}/test`, { as: 'frida' })
  const under = [test(), test(), test()]
  const statuses = (await Promise.all(under)).map(({ status }) => status).sort()
  expect(statuses).toEqual([429, 504, 504])
  expect(await ask('POST', `/servers/${other}/test`, { as: 'greta' })).toMatchObject({ status: 200 })
  // What goes on although nobody waits for it still counts.
  expect(await test()).toMatchObject({ status: 429 })
  for (const end of tests.splice(0)) end()
  expect(
    await until(async () => {
      const answer = await test()
      return answer.status !== 429 && answer
    }, 'there is room for a test'),
  ).toMatchObject({
    status: 504,
    body: { type: 'urn:switchboard:problem:test_timed_out' },
  })
})

test('templates are added and removed by operators, and servers can be made from them', async () => {
  const { ask, operator } = service
  const template = {
    ...{ name: 'Wiki', description: 'Pages.', url: 'https://wiki.example.com/{space}/mcp' },
    needs: [{ kind: 'placeholder', placeholder: 'space', label: 'Space' }, { kind: 'signIn' }],
  }
  const added = await ask('POST', '/templates', { as: operator, body: template })
  expect(added).toMatchObject({ status: 201, body: template })
  const id = idOf(added)
  expect((await ask('GET', '/templates', { as: 'anna' })).body).toEqual({ templates: [{ ...template, id }] })
  expect(await ask('POST', '/templates', { as: operator, body: template })).toMatchObject({ status: 409 })
  for (const [url, reason] of [
    ['https://{host}.example.com/', 'has a placeholder in its host'],
    ['https://wiki.example.com/{other}', 'has {other}, which "needs" does not ask for'],
    ['https://wiki.example.com/{Space', 'is no address'],
    ['http://wiki.example.com/', 'is not https'],
    ['https://10.0.0.1/', 'is not at a public address'],
    ['javascript:alert(1)', 'is no web address'],
  ]) {
    const refused = await ask('POST', '/templates', { as: operator, body: { ...template, name: 'W', url } })
    expect(refused).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/url', detail: expect.stringContaining(`it ${reason}`) }] },
    })
  }
  const made = await add('henny', 'wiki', { templateId: id })
  expect(await ask('DELETE', `/templates/${id}`, { as: operator })).toMatchObject({ status: 204 })
  expect(await ask('DELETE', `/templates/${id}`, { as: operator })).toMatchObject({ status: 404 })
  expect(await ask('GET', `/servers/${made}`, { as: 'henny' })).toMatchObject({ status: 200 })
})
