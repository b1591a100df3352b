import { setTimeout as pause } from 'node:timers/promises'
import type { GrantRecord } from '../store.ts'
import { authorizationServer } from './authorization-server.ts'
import { knownClient } from './clients.ts'
import type { OAuthParts } from './parts.ts'
import { revoke } from './tokens.ts'

/** Whoever waits does not wait for an authorization server for long; it is asked all the same. */
const waitMs = 2_000

/** As well as the authorization server can (RFC 7009). Never rejects. */
export async function revokeGrant(parts: OAuthParts, grant: GrantRecord): Promise<void> {
  await Promise.race([revoked(parts, grant), pause(waitMs, undefined, { ref: false })])
}

async function revoked(parts: OAuthParts, grant: GrantRecord): Promise<void> {
  const { issuer, clientId, redirectUri, tokens } = grant
  if (issuer === undefined || clientId === undefined || redirectUri === undefined || !tokens) return
  try {
    const client = await knownClient(parts, { issuer, clientId, redirectUri })
    if (!client) return
    await revoke({ parts, client, server: await authorizationServer(parts, issuer) }, tokens)
  } catch {
    // The tokens are forgotten here all the same.
  }
}
