import { randomUUID } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Queries } from '../database/database.ts'
import { servers } from '../database/schema.ts'
import { type ServerStore, StoreError } from '../store.ts'
import { observe } from './observations.ts'
import { assertUserId, audit, isUuid, nameTaken, notify, type Parts } from './parts.ts'
import { changeServer } from './server-changes.ts'
import { found, readPage, readServer } from './server-records.ts'
import { headersPlace, lockedServer, sealHeaders, storableUrl } from './server-rows.ts'

const headersSchema = z.record(z.string(), z.string())

export function serverStore({ database, vault }: Parts): ServerStore {
  return {
    list: async (userId, page) => {
      assertUserId(userId)
      return database.read((queries) => readPage(queries, userId, page))
    },
    get: async (userId, id) => {
      assertUserId(userId)
      return database.read((queries) => readServer(queries, userId, id))
    },
    add: async (actor, userId, server, maxServers) => {
      assertUserId(userId)
      const work = database.transaction(async (queries) => {
        await oneAtATime(queries, userId)
        const id = randomUUID()
        const now = new Date()
        const headers = server.headers ?? {}
        const headerNames = Object.keys(headers)
        await queries.insert(servers).values({
          id,
          userId,
          position: await nextPosition(queries, userId, maxServers),
          name: server.name,
          url: storableUrl(server.url),
          enabled: server.enabled,
          templateId: server.templateId,
          tools: server.tools,
          headerNames,
          sealedHeaders: sealHeaders(vault, userId, id, headers),
          version: 1,
          createdAt: now,
          updatedAt: now,
        })
        await audit(queries, {
          actor,
          userId,
          action: 'server.added',
          subject: id,
          // Not the whole address: people put keys into them.
          details: { name: server.name, origin: new URL(server.url).origin, headers: headerNames },
        })
        await notify(queries, { userId, kind: 'servers' })
        return found(await readServer(queries, userId, id))
      })
      return nameTaken('servers_user_id_name', `there is a server named “${server.name}” already`, work)
    },
    change: (actor, userId, id, change, ifVersion) => {
      const work = changeServer({ database, vault }, actor, userId, id, change, ifVersion)
      return nameTaken('servers_user_id_name', `there is a server named “${change.name}” already`, work)
    },
    remove: async (actor, userId, id, ifVersion) => {
      assertUserId(userId)
      await database.transaction(async (queries) => {
        const { name } = await lockedServer(queries, userId, id, ifVersion)
        await queries.delete(servers).where(eq(servers.id, id))
        await audit(queries, { actor, userId, action: 'server.removed', subject: id, details: { name } })
        await notify(queries, { userId, kind: 'servers' })
      })
    },
    order: async (actor, userId, ids) => {
      assertUserId(userId)
      await database.transaction(async (queries) => {
        await oneAtATime(queries, userId)
        const rows = await queries
          .select({ id: servers.id, position: servers.position })
          .from(servers)
          .where(eq(servers.userId, userId))
          // As all who lock several.
          .orderBy(servers.id)
          .for('update')
        const wanted = ids.map((id) => id.toLowerCase())
        const isEachOnce = new Set(wanted).size === wanted.length && wanted.length === rows.length
        if (!isEachOnce || rows.some(({ id }) => !wanted.includes(id))) {
          throw new StoreError('wrong_order', 'the order has to name each of the servers once; get them anew')
        }
        const before = rows.toSorted((one, other) => one.position - other.position)
        if (before.every(({ id }, at) => wanted[at] === id)) return
        await queries.execute(sql`
          update ${servers} set position = wanted.position
          from json_array_elements_text(${JSON.stringify(wanted)}::json) with ordinality as wanted(id, position)
          where ${servers.id} = wanted.id::uuid and ${servers.userId} = ${userId}`)
        await audit(queries, { actor, userId, action: 'servers.ordered', details: { count: wanted.length } })
        await notify(queries, { userId, kind: 'servers' })
      })
    },
    headers: async (userId, id, url) => {
      assertUserId(userId)
      if (!isUuid(id)) return {}
      const [row] = await database.read((queries) =>
        queries
          .select({ sealed: servers.sealedHeaders, url: servers.url })
          .from(servers)
          .where(and(eq(servers.id, id), eq(servers.userId, userId))),
      )
      if (!row?.sealed || new URL(row.url).origin !== new URL(url).origin) return {}
      return headersSchema.parse(JSON.parse(vault.open(row.sealed, headersPlace(userId, id))))
    },
    observe: async (userId, observations) => {
      assertUserId(userId)
      await observe(database, userId, observations)
    },
  }
}

/** Of one user: what counts or numbers all of the servers must not see half of another such change. */
async function oneAtATime(queries: Queries, userId: string): Promise<void> {
  await queries.execute(sql`select pg_advisory_xact_lock(hashtextextended(${userId}, 0))`)
}

/** @throws StoreError `too_many` */
async function nextPosition(queries: Queries, userId: string, maxServers: number): Promise<number> {
  const [row] = await queries
    .select({
      count: sql<number>`count(*)::int`,
      last: sql<number>`coalesce(max(${servers.position}), 0)::int`,
    })
    .from(servers)
    .where(eq(servers.userId, userId))
  const { count, last } = row ?? { count: 0, last: 0 }
  if (count >= maxServers) {
    throw new StoreError('too_many', `at most ${maxServers} servers; remove one first`)
  }
  return last + 1
}
