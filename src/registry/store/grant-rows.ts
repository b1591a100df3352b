import { and, eq, sql } from 'drizzle-orm'
import type { Queries } from '../database/database.ts'
import { grants } from '../database/schema.ts'
import type { GrantRecord, Tokens } from '../store.ts'
import type { Place, Vault } from '../vault/vault.ts'
import { isUuid } from './parts.ts'

export type GrantRow = typeof grants.$inferSelect

export function tokenPlace(userId: string, serverId: string, field: 'access token' | 'refresh token'): Place {
  return { userId, subject: `server ${serverId}`, field }
}

export const isGrantOf = (userId: string, serverId: string) =>
  and(eq(grants.serverId, serverId), eq(grants.userId, userId))

export async function readGrant(
  queries: Queries,
  userId: string,
  serverId: string,
  lock?: 'update',
): Promise<GrantRow | undefined> {
  if (!isUuid(serverId)) return undefined
  const query = queries.select().from(grants).where(isGrantOf(userId, serverId))
  const [row] = await (lock ? query.for(lock) : query)
  return row
}

export const nextVersion = sql<number>`nextval('grant_versions')`

export const noLease = { leaseHolder: null, leaseUntil: null }

export function sealTokens(vault: Vault, userId: string, serverId: string, tokens: Tokens) {
  const { accessToken, refreshToken } = tokens
  return {
    sealedAccessToken: vault.seal(accessToken, tokenPlace(userId, serverId, 'access token')),
    sealedRefreshToken:
      refreshToken === undefined
        ? null
        : vault.seal(refreshToken, tokenPlace(userId, serverId, 'refresh token')),
    scopes: tokens.scopes,
    expiresAt: tokens.expiresAt ?? null,
    version: nextVersion,
  }
}

export function grantOf(vault: Vault, row: GrantRow): GrantRecord {
  const { userId, serverId, sealedAccessToken, sealedRefreshToken } = row
  const expiresAt = row.expiresAt ?? undefined
  return {
    state: row.state,
    issuer: row.issuer ?? undefined,
    clientId: row.clientId ?? undefined,
    redirectUri: row.redirectUri ?? undefined,
    resource: row.resource ?? undefined,
    scopes: row.scopes,
    wantedScopes: row.wantedScopes,
    deniedScopes: row.deniedScopes,
    expiresAt,
    version: row.version,
    tokens:
      sealedAccessToken === null
        ? undefined
        : {
            accessToken: vault.open(sealedAccessToken, tokenPlace(userId, serverId, 'access token')),
            refreshToken:
              sealedRefreshToken === null
                ? undefined
                : vault.open(sealedRefreshToken, tokenPlace(userId, serverId, 'refresh token')),
            scopes: row.scopes,
            expiresAt,
          },
  }
}
