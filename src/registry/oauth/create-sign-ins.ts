import { createGuardedFetch } from '../../egress/guarded-fetch.ts'
import type { EgressPolicy } from '../../egress/policy.ts'
import type { AccessToken, KnownClients, SignIns } from '../sign-ins.ts'
import type { RegistryStore } from '../store.ts'
import { accessTokenOf, endsSoon } from './access-token.ts'
import { begin } from './begin.ts'
import { finish } from './finish.ts'
import type { OAuthParts } from './parts.ts'
import { Refresher } from './refresher.ts'
import { Refusals } from './refusals.ts'
import { coversServer } from './resource.ts'
import { revokeGrant } from './revoke-grant.ts'
import { Sweeper } from './sweeper.ts'

const timeoutMs = 10_000
const maxResponseBytes = 1_000_000
const defaultSweepIntervalMs = 30_000

export interface SignInOptions {
  store: Pick<RegistryStore, 'oauth' | 'servers'>
  egress: EgressPolicy
  /** Where browsers reach the registry, without a path. An https one makes it known by a client id metadata document. */
  publicUrl: () => string
  /** Default: nothing. */
  known?: KnownClients
  /** In milliseconds since 1970. Default: `Date.now`. */
  clock?: () => number
  /** How often it is looked for tokens that end soon. Default: 30 s. */
  sweepIntervalMs?: number
  /** Of each request. Default: 10 s. */
  timeoutMs?: number
}

export function createSignIns(options: SignInOptions): SignIns {
  const limits = { timeoutMs: options.timeoutMs ?? timeoutMs, maxResponseBytes }
  const guarded = createGuardedFetch(options.egress, limits)
  const parts: OAuthParts = {
    store: options.store,
    egress: options.egress,
    fetch: guarded.fetch,
    known: options.known ?? {},
    publicUrl: options.publicUrl,
    now: options.clock ?? Date.now,
  }
  const { oauth, servers } = parts.store
  const refresher = new Refresher(parts)
  const refusals = new Refusals(parts, refresher)
  const sweeper = new Sweeper(parts, refresher, options.sweepIntervalMs ?? defaultSweepIntervalMs)

  async function accessToken(userId: string, serverId: string): Promise<AccessToken | undefined> {
    const grant = await oauth.grant(userId, serverId)
    if (!grant?.tokens) return undefined
    const record = await servers.get(userId, serverId)
    // Whatever has become of its address: a token goes to the server that it was given for.
    if (!record || !coversServer(grant.resource ?? '', record.url)) return undefined
    const now = parts.now()
    if (!endsSoon(grant, now)) return accessTokenOf(grant, now)
    if (grant.tokens.refreshToken !== undefined)
      return accessTokenOf(await refresher.refreshed(userId, serverId, grant), parts.now())
    const token = accessTokenOf(grant, now)
    if (!token) await refresher.signInAgain(userId, serverId, grant)
    return token
  }

  return {
    begin: (request) => begin(parts, request),
    finish: (request) => finish(parts, request),
    accessToken,
    refused: (refusal) => refusals.answer(refusal),
    async signOut(actor, userId, serverId) {
      const grant = await oauth.signedOut(actor, userId, serverId)
      if (grant) await revokeGrant(parts, grant)
    },
    revoke: (grant) => revokeGrant(parts, grant),
    async close() {
      await sweeper.close()
      await refresher.close()
      await guarded.close()
    },
  }
}
