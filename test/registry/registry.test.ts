import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { agentServersSchema } from '../../src/registry/agent-wire.ts'
import {
  createRegistryServer,
  openRegistry,
  type Registry,
  type RegistryServer,
} from '../../src/registry/index.ts'
import { testServer } from '../../src/registry/test-server.ts'
import { signInSchema } from '../../src/registry/wire.ts'
import { RawServer } from '../support/raw-http.ts'
import { BearerServer } from '../user-servers/bearer-server.ts'
import { AuthorizationServer } from './oauth/support/authorization-server.ts'
import { Browser } from './oauth/support/browser.ts'
import { ResourceServer } from './oauth/support/resource-server.ts'
import { temporaryFolder } from './support.ts'

const { folder, remove } = temporaryFolder()
const allowHosts: string[] = []
let registry: Registry
let server: RegistryServer
let agent: string

/** All of it, as it is composed for a service. */
beforeAll(async () => {
  registry = await openRegistry({
    database: { folder },
    identity: { development: { userId: 'developer', listensOn: '127.0.0.1' } },
    egress: { allowHosts },
    publicUrl: () => server.url,
    signInPage: () => 'http://127.0.0.1:1/servers/{id}',
  })
  server = await createRegistryServer(registry, { host: '127.0.0.1', port: 0 })
  agent = (await registry.store.apiKeys.add({ name: 'test' }, 'desk', 'agent')).key
})
afterAll(async () => {
  await server.close()
  await registry.close()
  remove()
})

async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}/api/mcp${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = /json$/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

async function add(name: string, url: string, host: string): Promise<string> {
  allowHosts.push(host)
  const { status, body } = await ask('POST', '/servers', { name, url })
  expect({ status, body }).toMatchObject({ status: 201 })
  return z.looseObject({ id: z.string() }).parse(body).id
}

async function agentView(name: string) {
  const { body } = await ask('GET', '/agent/users/developer/servers', undefined, {
    authorization: `Bearer ${agent}`,
  })
  return agentServersSchema.parse(body).servers.find((one) => one.name === name)
}

test('a server is tested for real, and its status is what was found', async () => {
  const raw = await RawServer.start()
  const id = await add('raw', raw.url, new URL(raw.url).host)
  expect(await ask('GET', `/servers/${id}`)).toMatchObject({ body: { status: 'unknown' } })
  expect(await ask('POST', `/servers/${id}/test`)).toMatchObject({
    ...{ status: 200 },
    body: { status: 'ready', needsSignIn: false, functions: [{ name: 'act' }], peer: { name: 'raw' } },
  })
  expect(await ask('GET', `/servers/${id}`)).toMatchObject({
    body: {
      status: 'ready',
      lastSeen: { from: 'test', functions: ['act'] },
      authorization: { kind: 'none' },
    },
  })
})

test('a test whose time is up before it begins asks nobody', async () => {
  const raw = await RawServer.start()
  const tested = { name: 'raw', url: raw.url, headers: {} }
  const late = AbortSignal.abort(new Error('too late'))
  await expect(testServer(tested, { allowHosts: [new URL(raw.url).host] }, late)).rejects.toThrow('too late')
  expect(raw.count('initialize')).toBe(0)
})

test('what lets somebody in at the registry never goes on to a user’s server', async () => {
  const bearer = await BearerServer.start()
  bearer.wanted = 'Bearer own'
  allowHosts.push(bearer.host)
  const headers = { Authorization: 'Bearer own', 'X-Key': 'own key' }
  const { body } = await ask('POST', '/servers', { name: 'bearer', url: bearer.url, headers })
  const { id } = z.looseObject({ id: z.string() }).parse(body)
  const others = { cookie: 'session=canary', 'x-forwarded-user': 'canary', 'x-key': 'canary' }
  expect(await ask('POST', `/servers/${id}/test`, undefined, others)).toMatchObject({
    body: { status: 'ready' },
  })
  expect(new Set(bearer.given)).toEqual(new Set(['Bearer own']))
  expect(JSON.stringify(bearer.headers)).not.toContain('canary')
})

test('a user signs in with a browser, agents are given the token, and signing out takes it away', async () => {
  const authority = await AuthorizationServer.start()
  const resource = await ResourceServer.start(authority.issuer)
  try {
    allowHosts.push(authority.host)
    const id = await add('mail', resource.url, resource.host)
    const tested = await ask('POST', `/servers/${id}/test`)
    expect(tested).toMatchObject({ status: 200, body: { status: 'unauthorized', needsSignIn: true } })
    expect(await ask('GET', `/servers/${id}`)).toMatchObject({
      body: { authorization: { kind: 'oauth', state: 'signed_out' } },
    })
    const signInUrl = `http://127.0.0.1:1/servers/${id}`
    expect(await agentView('mail')).toMatchObject({ signInUrl })

    const begun = await ask('POST', `/servers/${id}/sign-in`)
    const { authorizationUrl } = signInSchema.parse(begun.body)
    const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
    const callback = await new Browser().follow(authorizationUrl, `${server.url}/api/mcp/oauth/callback`)
    const back = (headers: Record<string, string>) =>
      ask('GET', `/oauth/callback${callback.search}`, undefined, headers)
    expect((await back({})).body).toContain('<h1>You are not signed in</h1>')

    const again = await ask('POST', `/servers/${id}/sign-in`)
    const second = signInSchema.parse(again.body)
    const callbackAgain = await new Browser().follow(
      second.authorizationUrl,
      `${server.url}/api/mcp/oauth/callback`,
    )
    const cookies = [cookie, again.headers.get('set-cookie')?.split(';')[0] ?? ''].join('; ')
    const done = () => ask('GET', `/oauth/callback${callbackAgain.search}`, undefined, { cookie: cookies })
    const page = await done()
    expect(page.body).toContain('<h1>You are signed in</h1>')
    expect(page.body).toContain(`url=${signInUrl}"`)
    expect((await done()).body).toContain('<h1>You are not signed in</h1>')

    const { authorization } = (await agentView('mail')) ?? {}
    expect(await resource.ask(authorization?.value)).toMatchObject({ status: 200 })
    expect(await ask('GET', `/servers/${id}`)).toMatchObject({
      body: { authorization: { kind: 'oauth', state: 'signed_in', issuer: authority.issuer } },
    })
    expect(await ask('POST', `/servers/${id}/sign-out`)).toMatchObject({ status: 204 })
    expect((await agentView('mail'))?.authorization).toBeUndefined()
  } finally {
    resource.stop()
    authority.stop()
  }
})
