import { eq, inArray, lt } from 'drizzle-orm'
import { flows } from '../database/schema.ts'
import type { FlowRecord, OAuthStore } from '../store.ts'
import type { Place } from '../vault/vault.ts'
import { assertUserId, audit, type Parts } from './parts.ts'
import { lockedServer } from './server-rows.ts'

export function verifierPlace(flow: { userId: string; serverId: string; stateHash: string }): Place {
  const { userId, serverId, stateHash } = flow
  return { userId, subject: `server ${serverId}`, field: `code verifier of the sign-in ${stateHash}` }
}

export function flowStore({ database, vault }: Parts): Pick<OAuthStore, 'beginFlow' | 'takeFlow'> {
  return {
    beginFlow: async ({ codeVerifier, ...flow }: FlowRecord) => {
      assertUserId(flow.userId)
      await database.transaction(async (queries) => {
        // Not for a server that is gone or another's, nor while it gets another address.
        const server = await lockedServer(queries, flow.userId, flow.serverId)
        const old = queries
          .select({ stateHash: flows.stateHash })
          .from(flows)
          .where(lt(flows.expiresAt, new Date()))
          .for('update', { skipLocked: true })
        await queries.delete(flows).where(inArray(flows.stateHash, old))
        const sealedCodeVerifier = vault.seal(codeVerifier, verifierPlace({ ...flow, serverId: server.id }))
        await queries.insert(flows).values({ ...flow, serverId: server.id, sealedCodeVerifier })
        await audit(queries, {
          actor: { name: flow.userId },
          userId: flow.userId,
          action: 'sign_in.begun',
          subject: server.id,
          details: { issuer: flow.issuer, scopes: flow.scopes },
        })
      })
    },
    takeFlow: async (stateHash) => {
      const [row] = await database.transaction((queries) =>
        queries.delete(flows).where(eq(flows.stateHash, stateHash)).returning(),
      )
      if (row === undefined || row.expiresAt.getTime() <= Date.now()) return undefined
      const { sealedCodeVerifier, ...flow } = row
      const codeVerifier = vault.open(sealedCodeVerifier, verifierPlace(flow))
      return { ...flow, codeVerifier }
    },
  }
}
