import { and, eq } from 'drizzle-orm'
import type { Queries } from '../database/database.ts'
import { servers } from '../database/schema.ts'
import { StoreError } from '../store.ts'
import type { Place, Vault } from '../vault/vault.ts'
import { isUuid, serverNotFound } from './parts.ts'

export function headersPlace(userId: string, id: string): Place {
  return { userId, subject: `server ${id}`, field: 'headers' }
}

export function sealHeaders(
  vault: Vault,
  userId: string,
  id: string,
  headers: Record<string, string>,
): string | null {
  if (Object.keys(headers).length === 0) return null
  return vault.seal(JSON.stringify(headers), headersPlace(userId, id))
}

/** A NUL as a URL has it; the database takes none. */
export function storableUrl(url: string): string {
  return url.replaceAll('\0', '%00')
}

/** Nobody else changes it until the transaction ends. @throws StoreError `not_found`, `changed_meanwhile` */
export async function lockedServer(queries: Queries, userId: string, id: string, ifVersion?: number) {
  if (!isUuid(id)) throw serverNotFound()
  const [row] = await queries
    .select()
    .from(servers)
    .where(and(eq(servers.id, id), eq(servers.userId, userId)))
    .for('update')
  if (row === undefined) throw serverNotFound()
  if (ifVersion !== undefined && row.version !== ifVersion) {
    throw new StoreError('changed_meanwhile', 'the server was changed meanwhile; get it anew')
  }
  return row
}
