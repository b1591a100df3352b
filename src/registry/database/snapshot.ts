/**
 * A folder of PGlite with its tables, as PGlite packs it: a new folder is made of it in half the time. The build makes it
 * where it is missing or of another version; a cache would help the second folder only, and most have one.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { z } from 'zod'
import { migrations, migrationsHash } from './migrations.ts'

/** Fits these versions of the tables and of PGlite only. */
function snapshotFile(): string {
  const require = createRequire(import.meta.url)
  const manifest = join(dirname(dirname(require.resolve('@electric-sql/pglite'))), 'package.json')
  const { version } = z.object({ version: z.string() }).parse(require(manifest))
  const place = new URL('../../../dist/registry/database/', import.meta.url)
  return join(fileURLToPath(place), `pglite-${version}-${migrationsHash().slice(0, 12)}.tar.gz`)
}

/** Undefined where the build has made none. */
export async function readSnapshot(): Promise<Blob | undefined> {
  const file = snapshotFile()
  return existsSync(file) ? new Blob([await readFile(file)], { type: 'application/x-gzip' }) : undefined
}

export async function makeSnapshot(): Promise<void> {
  const file = snapshotFile()
  if (existsSync(file)) return
  const client = await PGlite.create()
  await migrate(drizzle(client), migrations)
  // Else each folder that is made of it begins with recovery.
  await client.exec('checkpoint')
  const packed = await client.dumpDataDir('gzip')
  await client.close()
  const place = dirname(file)
  await mkdir(place, { recursive: true })
  for (const older of await readdir(place)) {
    if (/^pglite-.*\.tar\.gz$/.test(older)) await rm(join(place, older))
  }
  const writing = `${file}.${process.pid}`
  await writeFile(writing, Buffer.from(await packed.arrayBuffer()))
  await rename(writing, file)
}
