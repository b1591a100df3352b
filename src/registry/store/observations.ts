import { and, asc, eq, inArray } from 'drizzle-orm'
import type { Queries, RegistryDatabase } from '../database/database.ts'
import { observations, servers } from '../database/schema.ts'
import type { NewObservation } from '../store.ts'
import { isUuid, notify } from './parts.ts'

export async function observe(
  database: RegistryDatabase,
  userId: string,
  reported: readonly NewObservation[],
): Promise<void> {
  // The last word on each.
  const latest = new Map(
    reported.filter(({ id }) => isUuid(id)).map((one) => [one.id.toLowerCase(), one] as const),
  )
  if (latest.size === 0) return
  await database.transaction(async (queries) => {
    const known = await knownOnes(queries, userId, [...latest.keys()])
    const at = new Date()
    let isTold = false
    for (const { id, before } of known) {
      const one = latest.get(id)
      if (one === undefined) continue
      const next = {
        status: one.status,
        from: one.from,
        // From a stranger's server; the database takes no NUL.
        problem: one.problem?.replaceAll('\0', '\ufffd') ?? null,
        functions: one.functions,
      }
      if (before !== null && isSame(before, next)) {
        await queries.update(observations).set({ at }).where(eq(observations.serverId, id))
        continue
      }
      isTold = true
      const since = before?.status === next.status ? before.since : at
      await queries
        .insert(observations)
        .values({ serverId: id, ...next, since, at })
        .onConflictDoUpdate({ target: observations.serverId, set: { ...next, since, at } })
    }
    if (isTold) await notify(queries, { userId, kind: 'status' })
  })
}

/** Locked, always in the same order, so that two reports of the same servers do not wait for each other for ever. */
function knownOnes(queries: Queries, userId: string, ids: string[]) {
  return queries
    .select({ id: servers.id, before: observations })
    .from(servers)
    .leftJoin(observations, eq(observations.serverId, servers.id))
    .where(and(eq(servers.userId, userId), inArray(servers.id, ids)))
    .orderBy(asc(servers.id))
    .for('no key update', { of: servers })
}

type Told = Pick<typeof observations.$inferSelect, 'status' | 'from' | 'problem' | 'functions'>

function isSame(one: Told, other: Told): boolean {
  const textOf = ({ status, from, problem, functions }: Told) =>
    JSON.stringify([status, from, problem, functions])
  return textOf(one) === textOf(other)
}
