import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/registry/database/open.ts'
import { createSignIns } from '../../../src/registry/oauth/create-sign-ins.ts'
import { createStore } from '../../../src/registry/store/create-store.ts'
import { ann, newServer, newVault, type Postgres, startPostgres } from '../support.ts'
import { AuthorizationServer } from './support/authorization-server.ts'
import { Browser } from './support/browser.ts'
import { binding, redirectUri } from './support/fake-user.ts'
import { ResourceServer } from './support/resource-server.ts'

const userId = ann.name
let as: AuthorizationServer
let rs: ResourceServer
let postgres: Postgres | string

beforeAll(async () => {
  as = await AuthorizationServer.start()
  rs = await ResourceServer.start(as.issuer)
  postgres = await startPostgres()
})
afterAll(async () => {
  as.stop()
  rs.stop()
  if (typeof postgres !== 'string') await postgres.close()
})

test('registries with connections of their own to one database refresh once, and each sees it', async (context) => {
  if (typeof postgres === 'string') return context.skip(postgres)
  const url = await postgres.newDatabase()
  const vault = newVault()
  let now = Date.now()
  const registries = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const database = await openDatabase({ url })
      onTestFinished(() => database.close())
      const store = createStore({ database, vault })
      const signIns = createSignIns({
        store,
        egress: { allowHosts: [as.host, rs.host] },
        publicUrl: () => 'http://127.0.0.1:9',
        clock: () => now,
      })
      onTestFinished(() => signIns.close())
      return { store, signIns }
    }),
  )
  const [first] = registries
  if (!first) throw new Error('no registry')
  const { store, signIns } = first
  const { id: serverId } = await store.servers.add(ann, userId, newServer('mail', { url: rs.url }), 10)
  const signIn = async () => {
    const begun = await signIns.begin({ userId, serverId, url: rs.url, redirectUri, binding })
    const callback = await new Browser().follow(begun.authorizationUrl, redirectUri)
    await signIns.finish({ callback, binding })
  }
  const tokens = () => Promise.all(registries.map((one) => one.signIns.accessToken(userId, serverId)))
  await signIn()
  const before = await tokens()
  now += 570_000
  const after = await tokens()
  expect(new Set(after.map((token) => token?.value)).size).toBe(1)
  expect(after[0]?.version).toBeGreaterThan(before[0]?.version ?? 0)
  expect((await rs.ask(after[0]?.value)).status).toBe(200)
  expect(as.granted).toEqual(['authorization_code', 'refresh_token'])

  // More rights, denied, by the store that keeps them.
  rs.scope = 'read write'
  const [token] = after
  const { status, challenge } = await rs.ask(token?.value)
  const refusal = { userId, serverId, url: rs.url, version: token?.version, status: 403, challenge } as const
  await signIns.refused(refusal)
  expect([status, (await store.oauth.grant(userId, serverId))?.wantedScopes]).toEqual([403, ['write']])
  as.consent = { scopes: ['read'] }
  await signIn()
  expect((await signIns.refused(refusal)).reason).toBe('The server wants write, which the user did not give.')
  expect(await store.oauth.grant(userId, serverId)).toMatchObject({
    state: 'signed_in',
    scopes: ['read'],
    wantedScopes: [],
    deniedScopes: ['write'],
  })

  // A refresh token that is of no use ends the sign-in; what was denied stays so, until the user signs out.
  as.intercept = (request, response) => {
    if (request.url === '/token')
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}')
    return request.url === '/token'
  }
  now += 570_000
  expect(await tokens()).toEqual([undefined, undefined, undefined])
  as.intercept = undefined
  expect(await store.oauth.grant(userId, serverId)).toMatchObject({
    state: 'signed_out',
    tokens: undefined,
    wantedScopes: ['read'],
    deniedScopes: ['write'],
  })
  await signIn()
  await signIns.signOut(ann, userId, serverId)
  expect(await store.oauth.grant(userId, serverId)).toMatchObject({ state: 'signed_out', deniedScopes: [] })
})
