import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { MigrationConfig } from 'drizzle-orm/migrator'

const folder = new URL('../../../src/registry/database/migrations/', import.meta.url)

export const migrations: MigrationConfig = {
  migrationsFolder: fileURLToPath(folder),
  migrationsSchema: 'public',
  migrationsTable: 'migrations',
}

/** Any number that is nobody else's: for `pg_advisory_lock`. */
export const migrationLock = 7_346_552_081

/** Of all of them. */
export function migrationsHash(): string {
  return createHash('sha256')
    .update(readFileSync(new URL('meta/_journal.json', folder)))
    .digest('hex')
}
