import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm'
import type { Queries } from '../database/database.ts'
import { grants, observations, servers } from '../database/schema.ts'
import { type ServerRecord, StoreError } from '../store.ts'
import { isUuid, serverNotFound } from './parts.ts'

/** Without what is encrypted, which is most of a row. */
const { sealedHeaders: _, ...serverColumns } = getTableColumns(servers)
const grantColumns = {
  state: grants.state,
  issuer: grants.issuer,
  scopes: grants.scopes,
  expiresAt: grants.expiresAt,
  version: grants.version,
}

/** With all that is told of it, in one query. */
function recordsOf(queries: Queries) {
  return queries
    .select({ server: serverColumns, observation: observations, grant: grantColumns })
    .from(servers)
    .leftJoin(observations, eq(observations.serverId, servers.id))
    .leftJoin(grants, eq(grants.serverId, servers.id))
}

type Row = Awaited<ReturnType<typeof recordsOf>>[number]

function recordOf({ server, observation, grant }: Row): ServerRecord {
  return {
    id: server.id,
    userId: server.userId,
    name: server.name,
    url: server.url,
    enabled: server.enabled,
    templateId: server.templateId ?? undefined,
    tools: server.tools,
    headerNames: server.headerNames,
    version: server.version,
    createdAt: server.createdAt,
    updatedAt: server.updatedAt,
    lastSeen: observation
      ? {
          status: observation.status,
          since: observation.since,
          at: observation.at,
          from: observation.from,
          problem: observation.problem ?? undefined,
          functions: observation.functions,
        }
      : undefined,
    grant: grant
      ? {
          state: grant.state,
          issuer: grant.issuer ?? undefined,
          scopes: grant.scopes,
          expiresAt: grant.expiresAt ?? undefined,
          version: grant.version,
        }
      : undefined,
  }
}

export async function readServer(
  queries: Queries,
  userId: string,
  id: string,
): Promise<ServerRecord | undefined> {
  if (!isUuid(id)) return undefined
  const [row] = await recordsOf(queries).where(and(eq(servers.id, id), eq(servers.userId, userId)))
  return row ? recordOf(row) : undefined
}

export async function readPage(
  queries: Queries,
  userId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ servers: ServerRecord[]; nextCursor: string | undefined }> {
  const after = cursor === undefined ? undefined : placeOf(cursor)
  const rows = await recordsOf(queries)
    .where(
      and(
        eq(servers.userId, userId),
        after && sql`(${servers.position}, ${servers.id}) > (${after.position}, ${after.id}::uuid)`,
      ),
    )
    .orderBy(asc(servers.position), asc(servers.id))
    .limit(limit + 1)
  const page = rows.slice(0, limit)
  const last = page.at(-1)?.server
  return {
    servers: page.map(recordOf),
    nextCursor: last && rows.length > limit ? cursorOf(last) : undefined,
  }
}

function cursorOf({ position, id }: { position: number; id: string }): string {
  return Buffer.from(`${position} ${id}`).toString('base64url')
}

function placeOf(cursor: string): { position: number; id: string } {
  const [position = '', id = '', ...rest] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ')
  if (!/^\d{1,9}$/.test(position) || !isUuid(id) || rest.length > 0) {
    throw new StoreError('wrong_cursor', 'the cursor is not from an answer of this list; begin without one')
  }
  return { position: Number(position), id }
}

/** @throws StoreError `not_found` */
export function found(record: ServerRecord | undefined): ServerRecord {
  if (record === undefined) throw serverNotFound()
  return record
}
