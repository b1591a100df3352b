import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { RegistryDatabase } from '../../src/registry/database/database.ts'
import { grants, servers } from '../../src/registry/database/schema.ts'
import { createStore } from '../../src/registry/store/create-store.ts'
import { rotateKeys } from '../../src/registry/store/rotate.ts'
import { unknownKeys } from '../../src/registry/store/unknown-keys.ts'
import type { RegistryStore } from '../../src/registry/store.ts'
import type { VaultKey } from '../../src/registry/vault/keys.ts'
import { createVault } from '../../src/registry/vault/vault.ts'
import { ann, databaseKinds, newServer, openTestDatabase, serverUrl, type TestDatabase } from './support.ts'

const newKey = (id: string): VaultKey => ({ id, secret: randomBytes(32) })

describe.each(databaseKinds)('in %s', (kind) => {
  let opened: TestDatabase | string
  let database: RegistryDatabase

  beforeAll(async () => {
    opened = await openTestDatabase(kind)
    if (typeof opened !== 'string') database = opened.database
  })
  beforeEach((context) => {
    if (typeof opened === 'string') context.skip(opened)
  })
  afterAll(async () => {
    if (typeof opened !== 'string') await opened.close()
  })

  test('a stolen database holds none of twenty secrets, in whatever table, index or log', async () => {
    if (typeof opened === 'string') return
    const canaries = Array.from({ length: 20 }, (_, n) => `${canaryPrefix}${n}`)
    const next = canaries.values()
    const canary = () => next.next().value ?? 'none left'
    const store = createStore({ database, vault: createVault({ keys: [newKey('k1')] }) })
    const planted = await plant(store, canary)
    expect(canary()).toBe('none left')

    const stolen = [await dump(opened), planted.visible]
    const told = Buffer.concat(stolen).toString('latin1')
    expect(told).toContain(planted.userId)
    expect(
      [...spellings(canaryPrefix), planted.apiKey].filter((spelling) => told.includes(spelling)),
    ).toEqual([])
    // And they are there.
    expect(await planted.read()).toEqual(canaries.slice(4))
  })

  test('all that was under an old key is under the new one, while others write', async () => {
    const [old, current] = [newKey('old'), newKey('new')]
    const before = createStore({ database, vault: createVault({ keys: [old] }) })
    const both = createStore({ database, vault: createVault({ keys: [current, old] }) })
    const after = createStore({ database, vault: createVault({ keys: [current] }) })
    await emptied(database)
    const userId = `user ${randomUUID()}`
    const ids: string[] = []
    for (let n = 0; n < 12; n++) {
      ids.push(
        (await before.servers.add(ann, userId, newServer(`n${n}`, { headers: { H: `h${n}` } }), 200)).id,
      )
    }
    const [first = '', second = ''] = ids
    const planted = await plant(before, () => 'secret')
    expect(await unknownKeys(database, [current])).toEqual(['old'])

    const writing = both.servers.change(ann, userId, second, { headers: { H: 'meanwhile' } })
    const vault = createVault({ keys: [current, old] })
    const rotation = await rotateKeys({ database, vault }, { batchSize: 5 })
    await writing
    // All headers and 9 of the plant's secrets; the one that was written meanwhile may have been under the new key already.
    expect([20, 21]).toContain(rotation.rewrapped)
    expect(rotation.unreadable).toEqual([])
    expect(await rotateKeys({ database, vault })).toEqual({ rewrapped: 0, unreadable: [] })
    expect(await unknownKeys(database, [current])).toEqual([])

    expect(await after.servers.headers(userId, first, serverUrl)).toEqual({ H: 'h0' })
    expect(await after.servers.headers(userId, second, serverUrl)).toEqual({ H: 'meanwhile' })
    expect(await after.servers.headers(userId, ids.at(-1) ?? '', serverUrl)).toEqual({ H: 'h11' })
    expect(await planted.read(after)).toEqual(Array.from({ length: 16 }, () => 'secret'))
    await expect(before.servers.headers(userId, first, serverUrl)).rejects.toMatchObject({
      code: 'unknown_key',
    })
  })

  test('what was put in another row, or cut, is refused and named; the rest is rotated', async () => {
    const [old, current] = [newKey('old'), newKey('new')]
    const store = createStore({ database, vault: createVault({ keys: [old] }) })
    await emptied(database)
    const add = async (userId: string, name: string) => {
      const { id, url } = await store.servers.add(ann, userId, newServer(name, { headers: { H: name } }), 9)
      await store.oauth.signedIn(
        ann,
        userId,
        id,
        signIn(url, () => name),
      )
      return id
    }
    const [mine, other, swapped] = [await add('ann', 'a'), await add('ann', 'b'), await add('bob', 'a')]
    // A thief of bob's who can write to the database gives himself what is ann's.
    await database.transaction(async (queries) => {
      await queries.execute(sql`
        update ${servers} set sealed_headers = (select sealed_headers from ${servers} s where s.id = ${mine})
        where id = ${swapped}`)
      await queries.execute(
        sql`update ${grants} set sealed_refresh_token = sealed_access_token where server_id = ${mine}`,
      )
      await queries.execute(sql`
        update ${grants} set sealed_access_token = left(sealed_access_token, -8) where server_id = ${other}`)
    })
    const refused = [
      store.servers.headers('bob', swapped, serverUrl),
      store.oauth.grant('ann', mine),
      store.oauth.grant('ann', other),
    ]
    const messages = (await Promise.allSettled(refused)).map(
      (one) => one.status === 'rejected' && one.reason.message,
    )
    const end = 'cannot be opened: it is damaged, or was put there from elsewhere'
    const expected = [
      `headers of server ${swapped} (user "bob") ${end}`,
      `refresh token of server ${mine} (user "ann") ${end}`,
      `access token of server ${other} (user "ann") ${end}`,
    ]
    expect(messages).toEqual(expected)
    const rotation = await rotateKeys({ database, vault: createVault({ keys: [current, old] }) })
    expect(rotation.rewrapped).toBe(6)
    expect(rotation.unreadable.toSorted()).toEqual(expected.toSorted())
    // Who cannot be signed in any more can be signed out.
    expect(await store.oauth.signedOut(ann, 'ann', other)).toMatchObject({ tokens: undefined })
    expect(await store.oauth.grant('ann', other)).toMatchObject({ state: 'signed_out' })
  })
})

const canaryPrefix = 'canary-that-nobody-sees-'

/** Of a text in the midst of another: as it is, hexadecimal, and base64 wherever it begins. */
function spellings(text: string): string[] {
  const base64 = ['', '-', '--'].map((before) =>
    Buffer.from(`${before}${text}`).toString('base64').slice(4, 28),
  )
  return [text, Buffer.from(text).toString('hex'), ...base64]
}

/** Twenty secrets: 4 that do not stay, and 16 that can be read again. */
async function plant(store: RegistryStore, secret: () => string) {
  const userId = `thief's ${randomUUID()}`
  const { servers, oauth } = store
  // Gone by now: from before a change, a sign-in, a refresh.
  const { id, url } = await servers.add(ann, userId, newServer('Mail', { headers: { A: secret() } }), 9)
  const { version } = await oauth.signedIn(ann, userId, id, signIn(url, secret))
  const oldFlow = secret()
  await oauth.beginFlow(flow(userId, id, `${userId} 1`, oldFlow))
  await oauth.takeFlow(`${userId} 1`)

  const headers = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`H${n}`, secret()]))
  await servers.change(ann, userId, id, { headers })
  await oauth.leaseRefresh(userId, id, version, 'h', 1_000)
  await oauth.refreshed(userId, id, version, 'h', signIn(url, secret).tokens)
  const two = await servers.add(ann, userId, newServer('Files', { headers: { A: secret() } }), 9)
  await oauth.signedIn(ann, userId, two.id, signIn(two.url, secret))
  await oauth.beginFlow(flow(userId, id, `${userId} 2`, secret()))
  for (const issuer of ['one', 'two']) {
    await oauth.saveClient({
      ...{ issuer: `${userId} ${issuer}`, redirectUri: 'r', clientId: 'c', clientSecret: secret() },
      ...{ tokenEndpointAuthMethod: 'client_secret_post', expiresAt: undefined },
    })
  }
  const { key } = await store.apiKeys.add(ann, userId, 'agent')
  await servers.observe(userId, [{ id, status: 'ready', from: 'call', problem: undefined, functions: [] }])
  const visible = JSON.stringify([
    await servers.list(userId, { limit: 9 }),
    await store.audit({ userId, limit: 99 }),
  ])

  return {
    userId,
    apiKey: key,
    /** What anybody may be shown. */
    visible: Buffer.from(visible),
    read: async (from: RegistryStore = store) => {
      const grants = [await from.oauth.grant(userId, id), await from.oauth.grant(userId, two.id)]
      const [first, second] = grants.map((grant) => [grant?.tokens?.accessToken, grant?.tokens?.refreshToken])
      return [
        ...Object.values(await from.servers.headers(userId, id, serverUrl)),
        ...(first ?? []),
        ...Object.values(await from.servers.headers(userId, two.id, serverUrl)),
        ...(second ?? []),
        (await from.oauth.takeFlow(`${userId} 2`))?.codeVerifier,
        (await from.oauth.client(`${userId} one`, 'r'))?.clientSecret,
        (await from.oauth.client(`${userId} two`, 'r'))?.clientSecret,
      ]
    },
  }
}

function signIn(resource: string, secret: () => string) {
  const tokens = { accessToken: secret(), refreshToken: secret(), scopes: [], expiresAt: undefined }
  const client = { issuer: 'https://auth.example.com', clientId: 'c', redirectUri: 'r', resource }
  return { ...client, tokens, deniedScopes: [] }
}

function flow(userId: string, serverId: string, stateHash: string, codeVerifier: string) {
  const client = { issuer: 'https://auth.example.com', clientId: 'c', redirectUri: 'r', resource: 'x' }
  const expiresAt = new Date(Date.now() + 60_000)
  return { userId, serverId, stateHash, bindingHash: 'b', ...client, scopes: [], codeVerifier, expiresAt }
}

async function emptied(database: RegistryDatabase): Promise<void> {
  await database.transaction((queries) =>
    queries.execute(sql`truncate servers, oauth_clients, flows cascade`),
  )
}

/** All that a thief would find: every row as text, and of a folder every byte. */
async function dump({ location }: TestDatabase): Promise<Buffer> {
  if ('folder' in location) {
    const files = readdirSync(location.folder, { recursive: true, withFileTypes: true })
    return Buffer.concat(
      files.filter((file) => file.isFile()).map((file) => readFileSync(join(file.parentPath, file.name))),
    )
  }
  const pgDump = await promisify(execFile)('pg_dump', [location.url], { maxBuffer: 1e9 }).catch(
    () => undefined,
  )
  if (pgDump) return Buffer.from(pgDump.stdout)
  const client = postgres(location.url, { max: 1, onnotice: () => {} })
  try {
    const tables = z
      .array(z.object({ name: z.string() }))
      .parse(
        await client`select table_name as name from information_schema.tables where table_schema = 'public'`,
      )
    expect(tables.length).toBeGreaterThan(8)
    const texts: string[] = []
    for (const { name } of tables) {
      const rows = await client`select t::text as row from ${client(name)} t`
      texts.push(JSON.stringify(rows))
    }
    return Buffer.from(texts.join('\n'))
  } finally {
    await client.end()
  }
}
