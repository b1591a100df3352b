import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { asc, eq } from 'drizzle-orm'
import { apiKeys } from '../database/schema.ts'
import { type ApiKeyRecord, type ApiKeyStore, StoreError } from '../store.ts'
import { audit, nameTaken, type Parts } from './parts.ts'

const columns = { id: apiKeys.id, name: apiKeys.name, role: apiKeys.role, createdAt: apiKeys.createdAt }

/** Of 32 random bytes: nothing that could be guessed, so that a plain hash of it is enough. */
const form = /^sbk_[A-Za-z0-9_-]{43}$/

export function apiKeyStore({ database }: Parts): ApiKeyStore {
  return {
    add: (actor, name, role) => {
      const key = `sbk_${randomBytes(32).toString('base64url')}`
      const record: ApiKeyRecord = { id: randomUUID(), name, role, createdAt: new Date() }
      const work = database.transaction(async (queries) => {
        await queries.insert(apiKeys).values({ ...record, hash: hashOf(key) })
        await audit(queries, { actor, action: 'key.added', subject: name, details: { role } })
        return { key, record }
      })
      return nameTaken('api_keys_name', `there is a key named “${name}” already`, work)
    },
    list: () => database.read((queries) => queries.select(columns).from(apiKeys).orderBy(asc(apiKeys.name))),
    remove: (actor, name) =>
      database.transaction(async (queries) => {
        const [row] = await queries.delete(apiKeys).where(eq(apiKeys.name, name)).returning(columns)
        if (row === undefined) throw new StoreError('not_found', `there is no key named “${name}”`)
        await audit(queries, { actor, action: 'key.removed', subject: name, details: { role: row.role } })
      }),
    find: async (key) => {
      if (!form.test(key)) return undefined
      const [row] = await database.read((queries) =>
        queries
          .select(columns)
          .from(apiKeys)
          .where(eq(apiKeys.hash, hashOf(key))),
      )
      return row
    },
  }
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
