import { desc, eq } from 'drizzle-orm'
import { z } from 'zod'
import { parseJson } from '../../contract/json.ts'
import { auditLines } from '../database/schema.ts'
import type { RegistryStore } from '../store.ts'
import { apiKeyStore } from './api-keys.ts'
import { flowStore } from './flows.ts'
import { grantStore } from './grants.ts'
import { oauthClientStore } from './oauth-clients.ts'
import type { Parts } from './parts.ts'
import { refreshStore } from './refreshes.ts'
import { serverStore } from './servers.ts'
import { templateStore } from './templates.ts'

const changeSchema = z.object({ userId: z.string(), kind: z.enum(['servers', 'status']) })

/** The database stays the caller's, to be closed. Rejections are those of `RegistryDatabase`, `VaultError` and `StoreError`. */
export function createStore(parts: Parts): RegistryStore {
  const { database } = parts
  return {
    servers: serverStore(parts),
    templates: templateStore(parts),
    apiKeys: apiKeyStore(parts),
    oauth: {
      ...oauthClientStore(parts),
      ...flowStore(parts),
      ...grantStore(parts),
      ...refreshStore(parts),
    },
    audit: async ({ userId, limit }) => {
      const rows = await database.read((queries) =>
        queries
          .select()
          .from(auditLines)
          .where(userId === undefined ? undefined : eq(auditLines.userId, userId))
          .orderBy(desc(auditLines.id))
          .limit(limit),
      )
      return rows.map(({ at, actor, userId, action, subject, details }) => ({
        at,
        actor,
        userId: userId ?? undefined,
        action,
        subject: subject ?? undefined,
        details,
      }))
    },
    onChange: (listener) =>
      database.listen((notification) => {
        if (notification === 'missed') {
          listener('all')
          return
        }
        const change = changeSchema.safeParse(parseJson(notification.payload))
        if (change.success) listener(change.data)
      }),
    isReachable: () => database.isReachable(),
  }
}
