import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createSwitchboard, type ServerStatus } from '../../src/index.ts'
import { createRegistryClient } from '../../src/registry/client/index.ts'
import { createRegistryServer, openRegistry, type RegistryServer } from '../../src/registry/index.ts'
import { signInSchema } from '../../src/registry/wire.ts'
import { TestServer } from '../support/test-server.ts'
import { type Era, eras } from '../support/transports.ts'
import { until } from '../support/until.ts'
import { passOn } from '../user-servers/bearer-server.ts'
import { AuthorizationServer } from './oauth/support/authorization-server.ts'
import { Browser } from './oauth/support/browser.ts'
import { ResourceServer } from './oauth/support/resource-server.ts'
import { temporaryFolder } from './support.ts'

/** A registry, a server that asks who its user is, and a running call; the user has a browser. */
async function begin(era: Era) {
  const authority = await AuthorizationServer.start()
  const resource = await ResourceServer.start(authority.issuer)
  resource.supportedScopes = ['read', 'offline_access']
  const bank = new TestServer('--era', era)
  const { port } = await bank.startHttp()
  resource.serve = (request, response) => passOn(request, response, port)
  const allowHosts = [authority.host, resource.host]
  const { folder, remove } = temporaryFolder()
  let server: RegistryServer | undefined
  const registry = await openRegistry({
    database: { folder },
    identity: { development: { userId: 'carol', listensOn: '127.0.0.1' } },
    egress: { allowHosts },
    publicUrl: () => server?.url ?? '',
    signInPage: () => 'https://app.example.com/servers/{id}',
  })
  server = await createRegistryServer(registry, { host: '127.0.0.1', port: 0 })
  const { key: token } = await registry.store.apiKeys.add({ name: 'test' }, 'desk', 'agent')
  const { url } = server
  const client = createRegistryClient({ url, token, allowHosts })
  const userServers = await client.loadUserServers('carol')
  const switchboard = createSwitchboard({ mcpServers: {}, closeGraceMs: 300 })
  switchboard.start()
  const conversation = switchboard.conversation({ userServers })
  const statuses: ServerStatus[] = []
  conversation.subscribe((event) => {
    if (event.type === 'server.changed') statuses.push(event.server)
  })
  onTestFinished(async () => {
    userServers.close()
    await switchboard.stop()
    await server?.close()
    await registry.close()
    resource.stop()
    authority.stop()
    remove()
  })
  const post = async (path: string, body = {}) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${url}/api/mcp${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
    const text = await response.text()
    return { status: response.status, cookie, body: text === '' ? undefined : JSON.parse(text) }
  }
  const { id } = z
    .looseObject({ id: z.string() })
    .parse((await post('/servers', { name: 'bank', url: resource.url })).body)
  return {
    ...{ authority, resource, bank, conversation, id, post },
    signIn: async () => {
      const { body, cookie } = await post(`/servers/${id}/sign-in`)
      const redirectUri = `${url}/api/mcp/oauth/callback`
      const callback = await new Browser().follow(signInSchema.parse(body).authorizationUrl, redirectUri)
      const page = await fetch(`${redirectUri}${callback.search}`, { headers: { cookie } })
      expect(await page.text()).toContain('You are signed in')
    },
    charge: () => conversation.call('charge', { amount: 1 }),
    untilState: (state: ServerStatus['state']) =>
      until(() => statuses.at(-1)?.state === state && statuses.at(-1), `the bank is ${state}`),
    /** The server takes no more what it was given last. */
    endToken: () => {
      const given = resource.seen.findLast(({ headers }) => headers.authorization !== undefined)
      resource.ended.add(given?.headers.authorization?.slice('Bearer '.length) ?? '')
    },
  }
}

test.each(eras)(
  'a %s server that wants a sign-in gets one in the middle of a call, and a token that ends there is renewed',
  async (era) => {
    const { authority, bank, id, signIn, charge, untilState, endToken } = await begin(era)
    const signInUrl = `https://app.example.com/servers/${id}`
    expect(await untilState('unauthorized')).toMatchObject({ signInUrl })

    await signIn()
    await untilState('ready')
    expect(await charge()).toMatchObject({ ok: true })

    endToken()
    expect(await charge()).toMatchObject({ ok: true, attempts: [{ server: 'bank', code: 'ok' }] })
    expect(authority.granted).toContain('refresh_token')
    expect(bank.runs('charge')).toEqual({ started: 2, finished: 2 })
  },
)

test.each(eras)(
  'a user who signs out of a %s server in the middle of a call is asked to sign in again, nothing is done, and the token is revoked',
  async (era) => {
    const { authority, bank, id, post, signIn, charge, untilState } = await begin(era)
    await untilState('unauthorized')
    await signIn()
    await untilState('ready')

    expect(await post(`/servers/${id}/sign-out`)).toMatchObject({ status: 204 })
    expect(authority.revoked.length).toBeGreaterThan(0)
    const refused = await until(async () => {
      const outcome = await charge()
      return outcome.ok ? undefined : outcome
    }, 'the bank lets nobody in')
    expect(refused).toMatchObject({
      error: { code: 'unauthorized', effect: 'none', signInUrl: `https://app.example.com/servers/${id}` },
    })
    const { started } = bank.runs('charge')
    expect(await charge()).toMatchObject({ ok: false, error: { code: 'unauthorized', effect: 'none' } })
    expect(bank.runs('charge').started).toBe(started)

    await signIn()
    await untilState('ready')
    expect(await charge()).toMatchObject({ ok: true })
  },
)
