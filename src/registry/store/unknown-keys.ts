import { isNotNull, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { RegistryDatabase } from '../database/database.ts'
import { grants, oauthClients, servers } from '../database/schema.ts'
import { nameOfKey, type VaultKey } from '../vault/keys.ts'

const keyIdOf = (column: PgColumn) => ({ id: sql<string>`split_part(${column}, '.', 2)` })

/** Ids of keys that secrets in the database are under and that are not among these. What lives for minutes only is left out. */
export async function unknownKeys(
  database: RegistryDatabase,
  keys: readonly Pick<VaultKey, 'id'>[],
): Promise<string[]> {
  const { sealedHeaders } = servers
  const { sealedAccessToken, sealedRefreshToken } = grants
  const { sealedClientSecret } = oauthClients
  const rows = await database.read((queries) => {
    const ofGrants = (column: PgColumn) =>
      queries.select(keyIdOf(column)).from(grants).where(isNotNull(column))
    return queries
      .select(keyIdOf(sealedHeaders))
      .from(servers)
      .where(isNotNull(sealedHeaders))
      .union(ofGrants(sealedAccessToken))
      .union(ofGrants(sealedRefreshToken))
      .union(
        queries.select(keyIdOf(sealedClientSecret)).from(oauthClients).where(isNotNull(sealedClientSecret)),
      )
  })
  const known = new Set(keys.map(({ id }) => id))
  return rows
    .map(({ id }) => id)
    .filter((id) => !known.has(id))
    .map(nameOfKey)
    .toSorted()
}
