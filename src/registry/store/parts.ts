import { sql } from 'drizzle-orm'
import { notificationChannel, type Queries, type RegistryDatabase } from '../database/database.ts'
import { DatabaseError } from '../database/failures.ts'
import { auditLines } from '../database/schema.ts'
import { type Actor, type Change, StoreError } from '../store.ts'
import type { Vault } from '../vault/vault.ts'

/** What each part of the store is made of. */
export interface Parts {
  database: RegistryDatabase
  vault: Vault
}

export async function audit(
  queries: Queries,
  line: {
    actor: Actor
    userId?: string
    action: string
    subject?: string
    details?: Record<string, unknown>
  },
): Promise<void> {
  await queries.insert(auditLines).values({
    at: new Date(),
    actor: line.actor.name,
    userId: line.userId,
    action: line.action,
    subject: line.subject,
    details: line.details ?? {},
  })
}

/** Goes out when the transaction is there to stay. */
export async function notify(queries: Queries, change: Change): Promise<void> {
  await queries.execute(sql`select pg_notify(${notificationChannel}, ${JSON.stringify(change)})`)
}

const maxUserIdCharacters = 200

/**
 * Others could not be told apart in the database, which knows no NUL and no half of a surrogate pair.
 * @throws StoreError `not_found`
 */
export function assertUserId(userId: string): void {
  const isTold = Buffer.from(userId, 'utf8').toString('utf8') === userId && !userId.includes('\0')
  if (!isTold || userId === '' || userId.length > maxUserIdCharacters) {
    throw new StoreError(
      'not_found',
      `no such user: an id is a text of 1 to ${maxUserIdCharacters} characters`,
    )
  }
}

export function isUuid(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
}

export function serverNotFound(): StoreError {
  return new StoreError('not_found', 'there is no such server')
}

/** @throws StoreError `name_taken` where `constraint` would have been broken */
export async function nameTaken<Result>(
  constraint: string,
  message: string,
  work: Promise<Result>,
): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (error instanceof DatabaseError && error.constraint === constraint) {
      throw new StoreError('name_taken', message)
    }
    throw error
  }
}
