import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { messageOf } from '../../contract/errors.ts'
import type { RegistryDatabase } from './database.ts'
import { withDeadline } from './deadline.ts'
import { DatabaseError, DatabaseUnreachable, databaseFailure } from './failures.ts'
import { type Connect, Listener } from './listener.ts'
import { migrationLock, migrations } from './migrations.ts'
import * as schema from './schema.ts'

const connectTimeoutSeconds = 3
/** The server ends a statement before we give up on it, so that what we give up on is a connection. */
const statementTimeoutMs = 4_000
const deadlineMs = 6_000
const deadlockDetected = '40P01'
const maxAttempts = 3
const reachableWithinMs = 2_000
/** Another process may be at it. */
const migrationDeadlineMs = 60_000

export async function openServer(url: string): Promise<RegistryDatabase> {
  const connect = connector(url)
  await bringUpToDate(connect)
  let pool = openPool(connect)
  // A connection that is silent, but was not closed, holds queries for minutes: then all of them are made anew.
  const listener = new Listener(connect, () => {
    const silent = pool
    pool = openPool(connect)
    void silent.client.end({ timeout: 0 }).catch(() => {})
  })
  await listener.start()

  return {
    read: (work) => withDeadline(deadlineMs, () => work(pool.queries)),
    transaction: (work) =>
      withoutDeadlock(() =>
        withDeadline(deadlineMs, (assertInTime) =>
          pool.queries.transaction(async (queries) => {
            // It may have waited for a connection until nobody waits for it.
            assertInTime()
            const result = await work(queries)
            assertInTime()
            return result
          }),
        ),
      ),
    listen: (one) => listener.add(one),
    isReachable: async () => {
      try {
        await withDeadline(reachableWithinMs, () => pool.client`select 1`)
        return true
      } catch {
        return false
      }
    },
    close: async () => {
      await listener.close()
      await pool.client.end({ timeout: 5 })
    },
  }
}

/** PostgreSQL ends one of those that wait for each other. */
async function withoutDeadlock<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const isDeadlock = error instanceof DatabaseError && error.sqlState === deadlockDetected
      if (!isDeadlock || attempt === maxAttempts) throw error
    }
  }
}

function connector(url: string): Connect {
  return (options) => {
    try {
      return postgres(url, {
        connect_timeout: connectTimeoutSeconds,
        // Short, since who waits for a connection waits for this too.
        backoff: () => 0.25 + Math.random() / 4,
        onnotice: () => {},
        ...options,
      })
    } catch (error) {
      throw new DatabaseError(
        `the address of the database cannot be read (${messageOf(error).replaceAll(url, '…')}); it looks like postgres://user:password@host:5432/name`,
      )
    }
  }
}

function openPool(connect: Connect) {
  const client = connect({
    connection: {
      application_name: 'switchboard registry',
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: 2 * deadlineMs,
    },
  })
  return { client, queries: drizzle(client, { schema }) }
}

/** One process at a time; the others wait, and find it done. */
async function bringUpToDate(connect: Connect): Promise<void> {
  const client = connect({ max: 1, connection: { application_name: 'switchboard registry, migrations' } })
  try {
    await withDeadline(deadlineMs, () => client`select 1`)
    await withDeadline(migrationDeadlineMs, async () => {
      await client`select pg_advisory_lock(${migrationLock}::bigint)`
      await migrate(drizzle(client), migrations)
    })
  } catch (error) {
    const failure = databaseFailure(error)
    if (failure instanceof DatabaseUnreachable || failure instanceof DatabaseError) throw failure
    throw new DatabaseError(`the database cannot be brought up to date: ${messageOf(failure)}`)
  } finally {
    // The lock ends with the connection.
    await client.end({ timeout: 1 })
  }
}
