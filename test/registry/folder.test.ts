import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { sql } from 'drizzle-orm'
import { afterEach, expect, test, vi } from 'vitest'
import { lockFolder } from '../../src/registry/database/folder-lock.ts'
import { openDatabase } from '../../src/registry/database/open.ts'
import { readSnapshot } from '../../src/registry/database/snapshot.ts'
import { createStore } from '../../src/registry/store/create-store.ts'
import { readKeys } from '../../src/registry/vault/keys.ts'
import { createVault } from '../../src/registry/vault/vault.ts'
import { until } from '../support/until.ts'
import { ann, newServer, newVault, serverUrl, temporaryFolder } from './support.ts'

const keys = `k1:${randomBytes(32).toString('base64')}`
const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

function newFolder(): string {
  const { folder, remove } = temporaryFolder()
  cleanUps.push(remove)
  return folder
}

test('a killed process loses no write that it has confirmed, and leaves the folder to the next', async () => {
  const folder = newFolder()
  const script = fileURLToPath(new URL('fixtures/writer.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, folder, keys], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanUps.push(() => child.kill('SIGKILL'))
  const confirmed: string[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => confirmed.push(line))
  await until(() => confirmed.length >= 30, 'thirty writes', 50_000)
  await expect(openDatabase({ folder })).rejects.toThrow(
    `is open in another process (${child.pid}); end that one`,
  )
  child.kill('SIGKILL')
  await once(lines, 'close')

  const database = await openDatabase({ folder })
  const store = createStore({ database, vault: createVault({ keys: readKeys(keys) }) })
  const { servers } = await store.servers.list('ann', { limit: 100_000 })
  const found = new Set(servers.map(({ name, id }) => `${name.slice(1)} ${id}`))
  expect(confirmed.filter((line) => !found.has(line))).toEqual([])
  // Not confirmed: at most the one that it was writing, whole.
  expect(servers.length - confirmed.length).toBeLessThanOrEqual(1)
  const last = servers.at(-1)
  expect(await store.servers.headers('ann', last?.id ?? '', serverUrl)).toEqual({
    H: `s${last?.name.slice(1)}`,
  })
  expect((await store.audit({ limit: 100_000 })).length).toBe(servers.length)
  await database.close()
})

test('a folder is opened, closed and opened again with what was in it', async () => {
  const folder = join(newFolder(), 'not', 'there', 'yet')
  const first = await openDatabase({ folder })
  await expect(openDatabase({ folder: `${folder}/../yet` })).rejects.toMatchObject({ code: 'database_error' })
  const vault = newVault()
  const added = await createStore({ database: first, vault }).servers.add(ann, 'ann', newServer('Mail'), 5)
  await first.close()
  await expect(createStore({ database: first, vault }).servers.get('ann', added.id)).rejects.toThrow()
  expect(await first.isReachable()).toBe(false)

  const again = await openDatabase({ folder })
  expect(await createStore({ database: again, vault }).servers.get('ann', added.id)).toEqual(added)
  await again.close()
})

test('a folder that a killed process has left half made is made anew', async () => {
  const folder = newFolder()
  const script = `
    const { openFolder } = await import(${JSON.stringify(new URL('../../dist/registry/database/folder.js', import.meta.url))})
    await openFolder(${JSON.stringify(folder)}, () => process.kill(process.pid, 'SIGKILL'))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
  await once(child, 'exit')
  mkdirSync(join(folder, 'postgres', 'base'))
  writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '17')
  const database = await openDatabase({ folder })
  expect(await createStore({ database, vault: newVault() }).templates.list()).toEqual([])
  await database.close()
  expect(readdirSync(folder)).toEqual(['postgres'])
})

test('the build has made a snapshot of an empty folder; a folder works without it', async () => {
  expect(await readSnapshot()).toBeInstanceOf(Blob)
  const folder = newFolder()
  const { openFolder } = await import('../../src/registry/database/folder.ts')
  const database = await openFolder(folder, async () => undefined)
  const added = await createStore({ database, vault: newVault() }).servers.add(
    ann,
    'ann',
    newServer('Mail'),
    5,
  )
  expect(added.name).toBe('Mail')
  await database.close()
})

test.each(['linux', 'darwin'])('a folder has one holder at a time (as on %s)', async (platform) => {
  const folder = newFolder()
  const attempts = await Promise.allSettled([1, 2, 3].map(() => lockFolder(folder, platform)))
  const held = attempts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  expect(held).toHaveLength(1)
  await expect(lockFolder(folder, platform)).rejects.toThrow(
    `${folder} is open in another process (${process.pid})`,
  )
  await held[0]?.()
  await (await lockFolder(folder, platform))()
})

test('a socket that a killed process has left behind is nobody’s', async () => {
  const folder = newFolder()
  const script = `
    const { lockFolder } = await import(${JSON.stringify(new URL('../../dist/registry/database/folder-lock.js', import.meta.url))})
    await lockFolder(${JSON.stringify(folder)}, 'darwin')
    console.log('held')
    setInterval(() => {}, 1_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanUps.push(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  await expect(lockFolder(folder, 'darwin')).rejects.toThrow(`(${child.pid})`)
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
  await (await lockFolder(folder, 'darwin'))()
})

test.each([{ url: undefined }, { url: '' }, { folder: undefined }])(
  'a database that is not named (%j) is asked for',
  async (location) => {
    // As JavaScript may.
    await expect(Reflect.apply(openDatabase, undefined, [location])).rejects.toMatchObject({
      ...{ code: 'database_error', message: expect.stringMatching(/^no database is named; give \{ url \}/) },
    })
  },
)

test('a folder that cannot be brought up to date is closed before it is anybody else’s', async () => {
  const folder = newFolder()
  const database = await openDatabase({ folder })
  await database.transaction((queries) => queries.execute(sql`drop table migrations`))
  await database.close()
  const close = vi.spyOn(PGlite.prototype, 'close')
  cleanUps.push(() => close.mockRestore())
  await expect(openDatabase({ folder })).rejects.toMatchObject({ code: 'database_error' })
  expect(close).toHaveBeenCalledTimes(1)
})

test('a folder that is none is said to be so', async () => {
  const file = join(newFolder(), 'file')
  writeFileSync(file, 'mine')
  await expect(openDatabase({ folder: file })).rejects.toMatchObject({
    code: 'database_error',
    message: expect.stringContaining(file),
  })
  expect(readFileSync(file, 'utf8')).toBe('mine')
})
