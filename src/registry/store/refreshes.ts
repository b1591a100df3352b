import { and, asc, between, eq, isNotNull, isNull, lt, or, sql } from 'drizzle-orm'
import { grants } from '../database/schema.ts'
import { type OAuthStore, registryActor } from '../store.ts'
import { grantOf, isGrantOf, noLease, readGrant, sealTokens } from './grant-rows.ts'
import { assertUserId, audit, isUuid, notify, type Parts } from './parts.ts'

/** The database's clock: those of two processes differ. */
const now = sql`clock_timestamp()`
const isFree = or(isNull(grants.leaseUntil), lt(grants.leaseUntil, now))

export function refreshStore({
  database,
  vault,
}: Parts): Pick<OAuthStore, 'leaseRefresh' | 'refreshed' | 'releaseRefresh' | 'expiring'> {
  return {
    leaseRefresh: async (userId, serverId, version, holder, leaseMs) => {
      assertUserId(userId)
      if (!isUuid(serverId)) return false
      const leased = await database.transaction((queries) =>
        queries
          .update(grants)
          .set({ leaseHolder: holder, leaseUntil: sql`${now} + ${leaseMs} * interval '1 millisecond'` })
          .where(
            and(
              isGrantOf(userId, serverId),
              eq(grants.version, version),
              isNotNull(grants.sealedRefreshToken),
              or(isFree, eq(grants.leaseHolder, holder)),
            ),
          )
          .returning({ version: grants.version }),
      )
      return leased.length > 0
    },
    refreshed: async (userId, serverId, version, holder, tokens) => {
      assertUserId(userId)
      return database.transaction(async (queries) => {
        const before = await readGrant(queries, userId, serverId, 'update')
        // A lease that ran out, but that nobody took, still holds: the old refresh token may be worth nothing any more.
        if (before?.version !== version || before.leaseHolder !== holder) return undefined
        const [row] = await queries
          .update(grants)
          .set({ ...sealTokens(vault, userId, before.serverId, tokens), ...noLease })
          .where(isGrantOf(userId, serverId))
          .returning()
        if (row === undefined) return undefined
        await audit(queries, {
          actor: registryActor,
          userId,
          action: 'tokens.refreshed',
          subject: row.serverId,
          details: { issuer: row.issuer, scopes: row.scopes },
        })
        await notify(queries, { userId, kind: 'servers' })
        return grantOf(vault, row)
      })
    },
    releaseRefresh: async (userId, serverId, holder) => {
      assertUserId(userId)
      if (!isUuid(serverId)) return
      await database.transaction((queries) =>
        queries
          .update(grants)
          .set(noLease)
          .where(and(isGrantOf(userId, serverId), eq(grants.leaseHolder, holder))),
      )
    },
    expiring: (after, before, limit) =>
      database.read((queries) =>
        queries
          .select({ userId: grants.userId, serverId: grants.serverId })
          .from(grants)
          .where(and(isNotNull(grants.sealedRefreshToken), between(grants.expiresAt, after, before), isFree))
          .orderBy(asc(grants.expiresAt))
          .limit(limit),
      ),
  }
}
