import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { messageOf } from '../../errors.ts'
import { clusterIn } from './cluster.ts'
import { type Notification, notificationChannel, type RegistryDatabase } from './database.ts'
import { DatabaseError, databaseFailure } from './failures.ts'
import { lockFolder } from './folder-lock.ts'
import { migrations } from './migrations.ts'
import * as schema from './schema.ts'
import { unpackSnapshot } from './snapshot.ts'

export async function openFolder(
  folder: string,
  unpack: (files: string) => Promise<boolean> = unpackSnapshot,
): Promise<RegistryDatabase> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const unlock = await lockFolder(folder)
    try {
      return await databaseOf(await openCluster(clusterIn(folder), unpack), unlock)
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

async function openCluster(files: string, unpack: (files: string) => Promise<boolean>): Promise<PGlite> {
  if (!existsSync(files)) {
    // Under another name until it is whole: what a killed process leaves half made is made again.
    const making = `${files}.making`
    await rm(making, { recursive: true, force: true })
    if (!(await unpack(making))) {
      await mkdir(making, { mode: 0o700 })
      await (await PGlite.create(making)).close()
    }
    await rename(making, files)
  }
  const client = await PGlite.create(files)
  await migrate(drizzle(client), migrations)
  return client
}

async function databaseOf(client: PGlite, unlock: () => Promise<void>): Promise<RegistryDatabase> {
  const queries = drizzle(client, { schema })
  const listeners = new Set<(notification: Notification) => void>()
  await client.listen(notificationChannel, (payload) => {
    for (const listener of [...listeners]) listener({ payload })
  })
  const attempt = async <Result>(work: () => Promise<Result>) => {
    try {
      return await work()
    } catch (error) {
      throw databaseFailure(error)
    }
  }
  return {
    kind: 'folder',
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
