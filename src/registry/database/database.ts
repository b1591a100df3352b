import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import type * as schema from './schema.ts'

export type Queries = PgDatabase<PgQueryResultHKT, typeof schema>

/** A word from another process or this one; `missed` stands for all that came while nobody listened. */
export type Notification = { payload: string } | 'missed'

export interface RegistryDatabase {
  /**
   * Outside of a transaction. @throws DatabaseUnreachable within a few seconds, and nothing else will come of it;
   * DatabaseError for what the database refuses
   */
  read<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>
  /**
   * One transaction: all of it or nothing. `work` uses no other queries than those that it is given, and runs again where the
   * database has ended it for a deadlock. Throws what `work` throws, and as `read` does; where the connection is lost while it
   * commits, nobody knows whether it did.
   */
  transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>
  /** What transactions have told by `notify`. */
  listen(listener: (notification: Notification) => void): () => void
  /** Never rejects. */
  isReachable(): Promise<boolean>
  /** Ends its connections. */
  close(): Promise<void>
}

export const notificationChannel = 'switchboard_registry'
