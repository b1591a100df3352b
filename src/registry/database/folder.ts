import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { messageOf } from '../../contract/errors.ts'
import { clusterIn } from './cluster.ts'
import { type Notification, notificationChannel, type RegistryDatabase } from './database.ts'
import { DatabaseError, databaseFailure } from './failures.ts'
import { lockFolder } from './folder-lock.ts'
import { migrations } from './migrations.ts'
import * as schema from './schema.ts'
import { readSnapshot } from './snapshot.ts'

export async function openFolder(
  folder: string,
  snapshot: () => Promise<Blob | undefined> = readSnapshot,
): Promise<RegistryDatabase> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const unlock = await lockFolder(folder)
    try {
      return await databaseOf(await openCluster(clusterIn(folder), snapshot), unlock)
    } catch (error) {
      await unlock()
      throw error
    }
  } catch (error) {
    const failure = databaseFailure(error)
    if (failure instanceof DatabaseError) throw failure
    throw new DatabaseError(`the database in ${folder} cannot be opened: ${messageOf(failure)}`)
  }
}

async function openCluster(files: string, snapshot: () => Promise<Blob | undefined>): Promise<PGlite> {
  // There until it is whole: what a killed process leaves half made is made again.
  const unfinished = `${files}.unfinished`
  const isNew = existsSync(unfinished) || !existsSync(files)
  if (isNew) {
    await writeFile(unfinished, '')
    await rm(files, { recursive: true, force: true })
    await mkdir(files, { mode: 0o700 })
  }
  const loadDataDir = isNew ? await snapshot() : undefined
  const client = await PGlite.create(files, loadDataDir && { loadDataDir })
  return closedUnless(client, async () => {
    await migrate(drizzle(client), migrations)
    await rm(unfinished, { force: true })
    return client
  })
}

/** Nothing goes on in a folder that another process may have next. */
async function closedUnless<Result>(client: PGlite, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    await client.close()
    throw error
  }
}

async function databaseOf(client: PGlite, unlock: () => Promise<void>): Promise<RegistryDatabase> {
  const queries = drizzle(client, { schema })
  const listeners = new Set<(notification: Notification) => void>()
  const hear = (payload: string) => {
    for (const listener of [...listeners]) listener({ payload })
  }
  await closedUnless(client, () => client.listen(notificationChannel, hear))
  const attempt = async <Result>(work: () => Promise<Result>) => {
    try {
      return await work()
    } catch (error) {
      throw databaseFailure(error)
    }
  }
  return {
    read: (work) => attempt(() => work(queries)),
    transaction: (work) => attempt(() => queries.transaction(work)),
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    isReachable: async () => !client.closed,
    close: async () => {
      await client.close()
      await unlock()
    },
  }
}
