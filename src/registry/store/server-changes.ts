import { eq } from 'drizzle-orm'
import { flows, grants, observations, servers } from '../database/schema.ts'
import type { Actor, ServerRecord } from '../store.ts'
import type { ServerChange } from '../wire.ts'
import { assertUserId, audit, notify, type Parts } from './parts.ts'
import { found, readServer } from './server-records.ts'
import { lockedServer, sealHeaders, storableUrl } from './server-rows.ts'

export async function changeServer(
  { database, vault }: Parts,
  actor: Actor,
  userId: string,
  id: string,
  change: ServerChange,
  ifVersion: number | undefined,
): Promise<ServerRecord> {
  assertUserId(userId)
  return database.transaction(async (queries) => {
    const server = await lockedServer(queries, userId, id, ifVersion)
    const url = change.url === undefined ? server.url : storableUrl(change.url)
    const isElsewhere = new URL(url).origin !== new URL(server.url).origin
    // What was given for one origin never reaches another.
    const headers = change.headers ?? (isElsewhere ? {} : undefined)
    const next = {
      name: change.name ?? server.name,
      url,
      enabled: change.enabled ?? server.enabled,
      tools: change.tools ?? server.tools,
    }
    const changed: string[] = Object.entries(next)
      .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(server, key)))
      .map(([key]) => key)
    if (headers !== undefined && (change.headers !== undefined || server.sealedHeaders !== null)) {
      changed.push('headers')
    }
    if (changed.length === 0) return found(await readServer(queries, userId, server.id))

    await queries
      .update(servers)
      .set({
        ...next,
        ...(headers && {
          headerNames: Object.keys(headers),
          sealedHeaders: sealHeaders(vault, userId, server.id, headers),
        }),
        version: server.version + 1,
        updatedAt: new Date(),
      })
      .where(eq(servers.id, server.id))
    let signInDropped = false
    if (isElsewhere) {
      const dropped = await queries.delete(grants).where(eq(grants.serverId, server.id)).returning()
      signInDropped = dropped.length > 0
      // Who comes back from the old address's authorization server signs in nowhere.
      await queries.delete(flows).where(eq(flows.serverId, server.id))
    }
    // What was seen of another address says nothing of this one.
    if (url !== server.url) await queries.delete(observations).where(eq(observations.serverId, server.id))
    await audit(queries, {
      actor,
      userId,
      action: 'server.changed',
      subject: server.id,
      details: {
        name: next.name,
        changed,
        ...(changed.includes('url') && { origin: new URL(url).origin }),
        ...(headers && { headers: Object.keys(headers) }),
        ...(signInDropped && { signInDropped }),
      },
    })
    await notify(queries, { userId, kind: 'servers' })
    return found(await readServer(queries, userId, server.id))
  })
}
