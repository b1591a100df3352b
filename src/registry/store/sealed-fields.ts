import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Queries } from '../database/database.ts'
import { flows, grants, oauthClients, servers } from '../database/schema.ts'
import type { Place } from '../vault/vault.ts'
import { verifierPlace } from './flows.ts'
import { tokenPlace } from './grant-rows.ts'
import { clientSecretPlace } from './oauth-clients.ts'
import { headersPlace } from './server-rows.ts'

export interface SealedSecret {
  sealed: string
  place: Place
  /** Of its row, to go on after it. */
  key: readonly string[]
  replace(sealed: string): Promise<unknown>
}

/** In the order of the rows, after one of them; locked until the transaction ends. */
export type SealedField = (
  queries: Queries,
  batch: { exceptKeyId: string; after: readonly string[]; limit: number },
) => Promise<SealedSecret[]>

const isOfOther = (column: PgColumn, keyId: string): SQL => sql`split_part(${column}, '.', 2) <> ${keyId}`

const headers: SealedField = async (queries, { exceptKeyId, after: [after], limit }) => {
  const rows = await queries
    .select({ id: servers.id, userId: servers.userId, sealed: servers.sealedHeaders })
    .from(servers)
    .where(
      and(isOfOther(servers.sealedHeaders, exceptKeyId), after === undefined ? after : gt(servers.id, after)),
    )
    .orderBy(asc(servers.id))
    .limit(limit)
    .for('update')
  return rows.map(({ id, userId, sealed }) => ({
    sealed: sealed ?? '',
    place: headersPlace(userId, id),
    key: [id],
    replace: (sealedHeaders) => queries.update(servers).set({ sealedHeaders }).where(eq(servers.id, id)),
  }))
}

const tokens =
  (name: 'sealedAccessToken' | 'sealedRefreshToken'): SealedField =>
  async (queries, { exceptKeyId, after: [after], limit }) => {
    const rows = await queries
      .select({ id: grants.serverId, userId: grants.userId, sealed: grants[name] })
      .from(grants)
      .where(
        and(isOfOther(grants[name], exceptKeyId), after === undefined ? after : gt(grants.serverId, after)),
      )
      .orderBy(asc(grants.serverId))
      .limit(limit)
      .for('update')
    return rows.map(({ id, userId, sealed }) => ({
      sealed: sealed ?? '',
      place: tokenPlace(userId, id, name === 'sealedAccessToken' ? 'access token' : 'refresh token'),
      key: [id],
      replace: (sealed) =>
        queries
          .update(grants)
          .set({ [name]: sealed })
          .where(eq(grants.serverId, id)),
    }))
  }

const verifiers: SealedField = async (queries, { exceptKeyId, after: [after], limit }) => {
  const rows = await queries
    .select()
    .from(flows)
    .where(
      and(
        isOfOther(flows.sealedCodeVerifier, exceptKeyId),
        after === undefined ? after : gt(flows.stateHash, after),
      ),
    )
    .orderBy(asc(flows.stateHash))
    .limit(limit)
    .for('update')
  return rows.map((row) => ({
    sealed: row.sealedCodeVerifier,
    place: verifierPlace(row),
    key: [row.stateHash],
    replace: (sealedCodeVerifier) =>
      queries.update(flows).set({ sealedCodeVerifier }).where(eq(flows.stateHash, row.stateHash)),
  }))
}

const clientSecrets: SealedField = async (queries, { exceptKeyId, after: [issuer, redirectUri], limit }) => {
  const isAfter =
    issuer === undefined
      ? undefined
      : sql`(${oauthClients.issuer}, ${oauthClients.redirectUri}) > (${issuer}, ${redirectUri})`
  const rows = await queries
    .select()
    .from(oauthClients)
    .where(and(isOfOther(oauthClients.sealedClientSecret, exceptKeyId), isAfter))
    .orderBy(asc(oauthClients.issuer), asc(oauthClients.redirectUri))
    .limit(limit)
    .for('update')
  return rows.map(({ issuer, redirectUri, sealedClientSecret }) => ({
    sealed: sealedClientSecret ?? '',
    place: clientSecretPlace(issuer, redirectUri),
    key: [issuer, redirectUri],
    replace: (sealedClientSecret) =>
      queries
        .update(oauthClients)
        .set({ sealedClientSecret })
        .where(and(eq(oauthClients.issuer, issuer), eq(oauthClients.redirectUri, redirectUri))),
  }))
}

export const sealedFields: readonly SealedField[] = [
  headers,
  tokens('sealedAccessToken'),
  tokens('sealedRefreshToken'),
  verifiers,
  clientSecrets,
]
