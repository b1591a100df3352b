import { and, eq } from 'drizzle-orm'
import { oauthClients } from '../database/schema.ts'
import { type OAuthClientRecord, type OAuthStore, registryActor } from '../store.ts'
import type { Place } from '../vault/vault.ts'
import { audit, type Parts } from './parts.ts'

export function clientSecretPlace(issuer: string, redirectUri: string): Place {
  return {
    userId: undefined,
    subject: `OAuth client at ${issuer} for ${redirectUri}`,
    field: 'client secret',
  }
}

const isOf = (issuer: string, redirectUri: string) =>
  and(eq(oauthClients.issuer, issuer), eq(oauthClients.redirectUri, redirectUri))

export function oauthClientStore({
  database,
  vault,
}: Parts): Pick<OAuthStore, 'client' | 'saveClient' | 'dropClient'> {
  return {
    client: async (issuer, redirectUri) => {
      const [row] = await database.read((queries) =>
        queries.select().from(oauthClients).where(isOf(issuer, redirectUri)),
      )
      if (row === undefined) return undefined
      const secret = row.sealedClientSecret
      return {
        issuer: row.issuer,
        redirectUri: row.redirectUri,
        clientId: row.clientId,
        clientSecret:
          secret === null ? undefined : vault.open(secret, clientSecretPlace(issuer, redirectUri)),
        tokenEndpointAuthMethod: row.tokenEndpointAuthMethod,
        expiresAt: row.expiresAt ?? undefined,
      }
    },
    saveClient: ({ issuer, redirectUri, clientSecret, ...client }: OAuthClientRecord) =>
      database.transaction(async (queries) => {
        const values = {
          clientId: client.clientId,
          sealedClientSecret:
            clientSecret === undefined
              ? null
              : vault.seal(clientSecret, clientSecretPlace(issuer, redirectUri)),
          tokenEndpointAuthMethod: client.tokenEndpointAuthMethod,
          expiresAt: client.expiresAt ?? null,
        }
        await queries
          .insert(oauthClients)
          .values({ issuer, redirectUri, ...values })
          .onConflictDoUpdate({ target: [oauthClients.issuer, oauthClients.redirectUri], set: values })
        await audit(queries, {
          actor: registryActor,
          action: 'client.registered',
          subject: issuer,
          details: { clientId: client.clientId },
        })
      }),
    dropClient: (issuer, redirectUri) =>
      database.transaction(async (queries) => {
        const [row] = await queries.delete(oauthClients).where(isOf(issuer, redirectUri)).returning()
        if (row === undefined) return
        const details = { clientId: row.clientId }
        await audit(queries, { actor: registryActor, action: 'client.dropped', subject: issuer, details })
      }),
  }
}
