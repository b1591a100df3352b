/**
 * A folder of PGlite with its tables, in one file. Measured on two cores: a new folder takes 1.9 s without it, 0.75 s with it
 * (an old one 0.2 s); unpacked by PGlite itself (`loadDataDir`) 1.0 s, since it has to be closed before it gets its name. The
 * build makes it (3 s, 3 MB) where it is missing or of another version; a cache would help the second folder only, and most
 * have one.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'
import { z } from 'zod'
import { migrationsHash } from './migrations.ts'

/** Fits these versions of the tables and of PGlite only. */
function snapshotFile(): string {
  const require = createRequire(import.meta.url)
  const manifest = join(dirname(dirname(require.resolve('@electric-sql/pglite'))), 'package.json')
  const { version } = z.object({ version: z.string() }).parse(require(manifest))
  const place = new URL('../../../dist/registry/database/', import.meta.url)
  return join(fileURLToPath(place), `pglite-${version}-${migrationsHash().slice(0, 12)}.snapshot`)
}

const indexSchema = z.object({
  folders: z.array(z.string()),
  files: z.array(z.object({ path: z.string(), bytes: z.number().int().nonnegative() })),
})

/** Whether there was one; else nothing was made. */
export async function unpackSnapshot(folder: string): Promise<boolean> {
  const file = snapshotFile()
  if (!existsSync(file)) return false
  const packed = await promisify(brotliDecompress)(await readFile(file))
  const endOfIndex = packed.indexOf(10)
  const { folders, files } = indexSchema.parse(JSON.parse(packed.toString('utf8', 0, endOfIndex)))
  await mkdir(folder, { mode: 0o700 })
  for (const path of folders) await mkdir(join(folder, path), { mode: 0o700 })
  let offset = endOfIndex + 1
  await Promise.all(
    files.map(({ path, bytes }) => {
      const content = packed.subarray(offset, offset + bytes)
      offset += bytes
      return writeFile(join(folder, path), content, { mode: 0o600 })
    }),
  )
  return true
}

export function hasSnapshot(): boolean {
  return existsSync(snapshotFile())
}

/** `folder`: of PGlite, closed. */
export async function packSnapshot(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const pathOf = (entry: (typeof entries)[number]) => relative(folder, join(entry.parentPath, entry.name))
  // Sorted, a folder comes before what is in it.
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map(pathOf)
    .sort()
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(pathOf)
    .sort()
  const contents = await Promise.all(paths.map((path) => readFile(join(folder, path))))
  const files = paths.map((path, at) => ({ path, bytes: contents[at]?.length ?? 0 }))
  const index = Buffer.from(`${JSON.stringify({ folders, files })}\n`)
  const packed = await promisify(brotliCompress)(Buffer.concat([index, ...contents]), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 5 },
  })
  const file = snapshotFile()
  const place = dirname(file)
  await mkdir(place, { recursive: true })
  for (const older of await readdir(place)) {
    if (older.endsWith('.snapshot')) await rm(join(place, older))
  }
  const writing = `${file}.${process.pid}`
  await writeFile(writing, packed)
  await rename(writing, file)
}
