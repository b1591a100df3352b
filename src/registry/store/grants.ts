import { grants } from '../database/schema.ts'
import { type GrantRecord, type OAuthStore, registryActor, StoreError } from '../store.ts'
import { VaultError } from '../vault/keys.ts'
import type { Vault } from '../vault/vault.ts'
import {
  type GrantRow,
  grantOf,
  isGrantOf,
  nextVersion,
  noLease,
  readGrant,
  sealTokens,
} from './grant-rows.ts'
import { assertUserId, audit, isUuid, notify, type Parts, serverNotFound } from './parts.ts'
import { lockedServer } from './server-rows.ts'

/** Of a grant that only says what is wanted. */
const noTokens = {
  state: 'signed_out' as const,
  clientId: null,
  redirectUri: null,
  resource: null,
  scopes: [],
  sealedAccessToken: null,
  sealedRefreshToken: null,
  expiresAt: null,
  ...noLease,
}

export function grantStore({
  database,
  vault,
}: Parts): Pick<OAuthStore, 'grant' | 'signedIn' | 'signInNeeded' | 'denied' | 'signedOut' | 'tokensEnded'> {
  return {
    grant: async (userId, serverId) => {
      assertUserId(userId)
      const row = await database.read((queries) => readGrant(queries, userId, serverId))
      return row && grantOf(vault, row)
    },
    signedIn: async (actor, userId, serverId, grant) => {
      const { issuer, clientId, redirectUri, resource, tokens, deniedScopes } = grant
      assertUserId(userId)
      return database.transaction(async (queries) => {
        const server = await lockedServer(queries, userId, serverId)
        if (new URL(resource).origin !== new URL(server.url).origin) {
          throw new StoreError('not_found', 'the server has another address now; sign in again')
        }
        const values = {
          ...sealTokens(vault, userId, server.id, tokens),
          state: 'signed_in' as const,
          issuer,
          clientId,
          redirectUri,
          resource,
          wantedScopes: [],
          deniedScopes,
          ...noLease,
        }
        const [row] = await queries
          .insert(grants)
          .values({ serverId: server.id, userId, ...values })
          .onConflictDoUpdate({ target: grants.serverId, set: values })
          .returning()
        if (row === undefined) throw serverNotFound()
        const details = { issuer, scopes: tokens.scopes, deniedScopes }
        await audit(queries, { actor, userId, action: 'signed_in', subject: server.id, details })
        await notify(queries, { userId, kind: 'servers' })
        return grantOf(vault, row)
      })
    },
    signInNeeded: async (userId, serverId, wantedScopes) => {
      assertUserId(userId)
      await database.transaction(async (queries) => {
        const server = await lockedServer(queries, userId, serverId)
        const row = await readGrant(queries, userId, server.id)
        const denied = new Set(row?.deniedScopes)
        const wanted = wantedScopes.filter((scope) => !denied.has(scope) && !row?.scopes.includes(scope))
        // All that it wants was asked for, and not given.
        const isInVain = wantedScopes.length > 0 && wantedScopes.every((scope) => denied.has(scope))
        const next = {
          state: isInVain && row ? row.state : row?.sealedAccessToken ? 'more_needed' : 'signed_out',
          wantedScopes: union(row?.wantedScopes ?? [], wanted),
        } as const
        if (row?.state === next.state && row.wantedScopes.length === next.wantedScopes.length) return
        const first = { serverId: server.id, userId, scopes: [], deniedScopes: [], version: nextVersion }
        await queries
          .insert(grants)
          .values({ ...first, ...next })
          .onConflictDoUpdate({ target: grants.serverId, set: next })
        await audit(queries, {
          actor: registryActor,
          userId,
          action: 'sign_in.needed',
          subject: server.id,
          details: { scopes: wanted },
        })
        await notify(queries, { userId, kind: 'servers' })
      })
    },
    denied: async (actor, userId, serverId, scopes) => {
      assertUserId(userId)
      await database.transaction(async (queries) => {
        const server = await lockedServer(queries, userId, serverId)
        const row = await readGrant(queries, userId, server.id)
        const wantedScopes = (row?.wantedScopes ?? []).filter((scope) => !scopes.includes(scope))
        const isEnough = row?.state === 'more_needed' && wantedScopes.length === 0
        const next = {
          state: isEnough ? 'signed_in' : (row?.state ?? 'signed_out'),
          wantedScopes,
          deniedScopes: union(row?.deniedScopes ?? [], scopes),
        } as const
        const first = { serverId: server.id, userId, scopes: [], version: nextVersion }
        await queries
          .insert(grants)
          .values({ ...first, ...next })
          .onConflictDoUpdate({ target: grants.serverId, set: next })
        const details = { scopes }
        await audit(queries, { actor, userId, action: 'sign_in.denied', subject: server.id, details })
        await notify(queries, { userId, kind: 'servers' })
      })
    },
    signedOut: async (actor, userId, serverId) => {
      assertUserId(userId)
      if (!isUuid(serverId)) return undefined
      return database.transaction(async (queries) => {
        const row = await readGrant(queries, userId, serverId, 'update')
        if (row === undefined) return undefined
        const before = grantOrNothing(vault, row)
        if (row.sealedAccessToken === null && row.deniedScopes.length === 0) return before
        await queries
          .update(grants)
          .set({ ...noTokens, wantedScopes: [], deniedScopes: [] })
          .where(isGrantOf(userId, serverId))
        const details = { issuer: row.issuer }
        await audit(queries, { actor, userId, action: 'signed_out', subject: row.serverId, details })
        await notify(queries, { userId, kind: 'servers' })
        return before
      })
    },
    tokensEnded: async (userId, serverId, version) => {
      assertUserId(userId)
      await database.transaction(async (queries) => {
        const row = await readGrant(queries, userId, serverId, 'update')
        if (row?.version !== version || row.sealedAccessToken === null) return
        const denied = new Set(row.deniedScopes)
        const wantedScopes = union(row.scopes, row.wantedScopes).filter((scope) => !denied.has(scope))
        await queries
          .update(grants)
          .set({ ...noTokens, wantedScopes })
          .where(isGrantOf(userId, serverId))
        await audit(queries, {
          actor: registryActor,
          userId,
          action: 'tokens.ended',
          subject: row.serverId,
          details: { issuer: row.issuer, scopes: wantedScopes },
        })
        await notify(queries, { userId, kind: 'servers' })
      })
    },
  }
}

/** Who wants to be signed out is, also where the tokens cannot be opened any more. */
function grantOrNothing(vault: Vault, row: GrantRow): GrantRecord {
  try {
    return grantOf(vault, row)
  } catch (error) {
    if (!(error instanceof VaultError)) throw error
    return grantOf(vault, { ...row, sealedAccessToken: null, sealedRefreshToken: null })
  }
}

function union(some: readonly string[], others: readonly string[]): string[] {
  return [...new Set([...some, ...others])]
}
