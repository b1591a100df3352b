import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RegistryDatabase } from '../../src/registry/database/database.ts'
import { DatabaseError, DatabaseUnreachable } from '../../src/registry/database/failures.ts'
import { openDatabase } from '../../src/registry/database/open.ts'
import { createStore } from '../../src/registry/store/create-store.ts'
import type { Change } from '../../src/registry/store.ts'
import { readKeys } from '../../src/registry/vault/keys.ts'
import { createVault } from '../../src/registry/vault/vault.ts'
import { until } from '../support/until.ts'
import { ann, newServer, type Postgres, serverUrl, startPostgres } from './support.ts'

const keys = `k1:${randomBytes(32).toString('base64')}`
const vault = createVault({ keys: readKeys(keys) })

let postgres: Postgres | string
let url: string
let user: string
const opened: RegistryDatabase[] = []

beforeAll(async () => {
  postgres = await startPostgres()
  if (typeof postgres !== 'string') url = await postgres.newDatabase()
})
beforeEach((context) => {
  if (typeof postgres === 'string') context.skip(postgres)
  user = `user ${randomUUID()}`
})
afterAll(async () => {
  await Promise.all(opened.map((database) => database.close()))
  if (typeof postgres !== 'string') await postgres.close()
})

async function open(at = url) {
  const database = await openDatabase({ url: at })
  opened.push(database)
  const store = createStore({ database, vault })
  const heard: (Change | 'all')[] = []
  store.onChange((change) => heard.push(change))
  return { database, store, heard }
}

test('processes that open a new database at once find it whole', async () => {
  if (typeof postgres === 'string') return
  const empty = await postgres.newDatabase()
  const stores = await Promise.all([open(empty), open(empty), open(empty)])
  for (const [at, { store }] of stores.entries()) {
    await store.servers.add(ann, user, newServer(`n${at}`), 5)
  }
  expect((await stores[0].store.servers.list(user, { limit: 9 })).servers).toHaveLength(3)
})

test('two stores agree on writes, versions and what changed', async () => {
  const [one, two] = await Promise.all([open(), open()])
  const added = await one.store.servers.add(ann, user, newServer('Mail', { headers: { H: 's' } }), 5)
  expect(await two.store.servers.get(user, added.id)).toEqual(added)
  expect(await two.store.servers.headers(user, added.id, serverUrl)).toEqual({ H: 's' })
  const changes = await Promise.allSettled([
    one.store.servers.change(ann, user, added.id, { name: 'One' }, 1),
    two.store.servers.change(ann, user, added.id, { name: 'Two' }, 1),
  ])
  expect(changes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(await one.store.servers.get(user, added.id)).toEqual(await two.store.servers.get(user, added.id))
  const expected = Array.from({ length: 2 }, () => ({ userId: user, kind: 'servers' }))
  for (const { heard } of [one, two]) {
    await until(() => heard.length >= 2, 'both changes')
    expect(heard).toEqual(expected)
  }
})

test('of two that wait for each other both get through', async () => {
  const { database, store } = await open()
  const ids = await Promise.all(
    ['a', 'b'].map(async (name) => (await store.servers.add(ann, user, newServer(name), 5)).id),
  )
  let holding = 0
  const rename = (first = '', second = '', to = '') => {
    let isFirstRun = true
    return database.transaction(async (queries) => {
      const set = (id: string) =>
        queries.execute(sql`update servers set name = ${`${id} ${to}`} where id = ${id}`)
      await set(first)
      holding += 1
      if (isFirstRun) await until(() => holding >= 2, 'both to hold one')
      isFirstRun = false
      await set(second)
    })
  }
  await Promise.all([rename(ids[0], ids[1], 'one'), rename(ids[1], ids[0], 'two')])
  expect(holding).toBe(3)
  const names = (await store.servers.list(user, { limit: 9 })).servers.map(({ name }) => name.split(' ')[1])
  expect(['one one', 'two two']).toContain(names.join(' '))
})

test('of two processes one at a time refreshes a token, and none is refreshed twice', async () => {
  const { store } = await open()
  const { id, url: resource } = await store.servers.add(ann, user, newServer('Mail'), 5)
  await store.oauth.signedIn(ann, user, id, {
    ...{ issuer: 'https://auth.example.com', clientId: 'c', redirectUri: 'https://r.example.com/', resource },
    tokens: { accessToken: '0', refreshToken: 'r', scopes: [], expiresAt: undefined },
    deniedScopes: [],
  })
  const script = fileURLToPath(new URL('fixtures/refresh-race.mjs', import.meta.url))
  const runs = ['one', 'two'].map((holder) =>
    promisify(execFile)(process.execPath, [script, url, keys, user, id, holder]),
  )
  const told = (await Promise.all(runs)).flatMap(({ stdout }) => stdout.trim().split('\n').filter(Boolean))
  expect(told.map(Number).toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 20 }, (_, n) => n),
  )
})

test('a stopped server is said to be away at once, and is there again when it is', async (context) => {
  if (typeof postgres === 'string' || postgres.server === undefined) return context.skip('not our server')
  const { store, heard } = await open()
  const confirmed: string[] = []
  for (const name of ['a', 'b']) {
    confirmed.push((await store.servers.add(ann, user, newServer(name, { headers: { H: name } }), 9)).id)
  }
  await postgres.server.stop()
  try {
    for (let attempt = 0; attempt < 6; attempt++) {
      const startedAt = performance.now()
      const attempts = await Promise.allSettled([
        store.servers.list(user, { limit: 9 }),
        store.servers.add(ann, user, newServer(`c${attempt}`), 9),
        store.apiKeys.list(),
      ])
      // Sooner than the deadline of a query.
      expect(performance.now() - startedAt).toBeLessThan(5_500)
      for (const one of attempts) {
        expect(one.status === 'rejected' && one.reason).toBeInstanceOf(DatabaseUnreachable)
      }
    }
    expect(await store.isReachable()).toBe(false)
  } finally {
    await postgres.server.start()
  }
  await until(() => store.isReachable(), 'the database to be reachable')
  await until(() => heard.includes('all'), 'that changes may have been missed')
  expect((await store.servers.list(user, { limit: 9 })).servers.map(({ id }) => id)).toEqual(confirmed)
  expect(await store.servers.headers(user, confirmed[1] ?? '', serverUrl)).toEqual({ H: 'b' })
  const before = heard.length
  await store.servers.add(ann, user, newServer('d'), 9)
  await until(() => heard.length > before, 'a change afterwards')
})

test('a connection that falls silent is given up on in time, and replaced', async () => {
  const proxy = await silencingProxy(url)
  try {
    const { store, heard } = await open(proxy.url)
    await store.servers.add(ann, user, newServer('a'), 9)
    // More than the pool has connections, so that each of them is open, and then silent.
    const lists = () => Array.from({ length: 40 }, () => store.servers.list(user, { limit: 9 }))
    await Promise.all(lists())
    proxy.silence()
    const startedAt = performance.now()
    const attempts = await Promise.allSettled([store.servers.add(ann, user, newServer('b'), 9), ...lists()])
    // A kernel takes minutes.
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    const codes = attempts.map((one) => one.status === 'rejected' && one.reason.code)
    expect([...new Set(codes)]).toEqual(['database_unreachable'])
    proxy.speak()
    await until(() => heard.includes('all'), 'a new connection')
    await until(() => store.isReachable(), 'new connections')
    // What was given up on has not happened behind the caller's back.
    expect((await store.servers.list(user, { limit: 9 })).servers.map(({ name }) => name)).toEqual(['a'])
  } finally {
    await proxy.close()
  }
})

test.each([
  ['postgres://postgres:password@127.0.0.1:1/none', 'database_unreachable'],
  ['not an address', 'database_error'],
])('what cannot be opened is said, without the password: %s', async (at, code) => {
  const problem = await openDatabase({ url: at }).catch((error) => error)
  expect(problem).toMatchObject({ code })
  expect(String(problem)).not.toContain('password@1')
})

test('an error of the database repeats no value of the query', async () => {
  const { database, store } = await open()
  const client = { redirectUri: 'r', clientId: 'c', clientSecret: 'canary', tokenEndpointAuthMethod: 'none' }
  const failures = await Promise.allSettled([
    store.oauth.saveClient({ issuer: 'canary \0', ...client, expiresAt: undefined }),
    database.read((queries) => queries.execute(sql`select ${'canary'}::int`)),
    database.transaction((queries) =>
      queries.execute(sql`insert into templates (id, name) values (gen_random_uuid(), ${'canary'})`),
    ),
  ])
  for (const failure of failures) {
    const problem: unknown = failure.status === 'rejected' && failure.reason
    expect(problem).toBeInstanceOf(DatabaseError)
    expect(inspect(problem, { depth: 9, showHidden: true })).not.toContain('canary')
  }
})

interface Proxy {
  url: string
  /** Connections stay open, and nothing passes any more. */
  silence(): void
  /** For new connections; what was held back never passes. */
  speak(): void
  close(): Promise<void>
}

async function silencingProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let isSilent = false
  const server: Server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.on('close', () => to.destroy())
      from.on('data', (data: Buffer) => {
        if (!isSilent) to.write(data)
      })
    }
    if (isSilent) for (const one of [near, far]) one.pause()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const proxied = new URL(target)
  proxied.port = String(address.port)
  return {
    url: proxied.href,
    silence: () => {
      isSilent = true
      for (const one of sockets) one.pause()
    },
    speak: () => {
      isSilent = false
    },
    close: async () => {
      for (const one of sockets) one.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
