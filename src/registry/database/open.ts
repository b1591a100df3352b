import type { RegistryDatabase } from './database.ts'
import { DatabaseError } from './failures.ts'

export type DatabaseLocation =
  /** `postgres://user:password@host:5432/name`, with the query parameters that libpq and `postgres` know. */
  | { url: string }
  /** Made when missing. One process at a time. */
  | { folder: string }

/**
 * Brings the tables up to date. `url`: a PostgreSQL server, by the package `postgres`. `folder`: PostgreSQL in this process, by
 * `@electric-sql/pglite`. @throws DatabaseUnreachable, DatabaseError
 */
export async function openDatabase(location: DatabaseLocation): Promise<RegistryDatabase> {
  const place: unknown = 'url' in location ? location.url : location.folder
  // JavaScript gives what `process.env` does not have.
  if (typeof place !== 'string' || place.trim() === '') {
    throw new DatabaseError(
      'no database is named; give { url } of a PostgreSQL server, such as postgres://user:password@host:5432/name, or { folder }',
    )
  }
  if ('url' in location) {
    const { openServer } = await import('./server.ts')
    return openServer(location.url)
  }
  const { openFolder } = await import('./folder.ts')
  return openFolder(location.folder)
}
