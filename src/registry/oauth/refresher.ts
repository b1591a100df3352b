import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseUnreachable } from '../database/failures.ts'
import { SignInError } from '../sign-ins.ts'
import type { GrantRecord, Tokens } from '../store.ts'
import { authorizationServer } from './authorization-server.ts'
import { forgetClient, knownClient } from './clients.ts'
import type { OAuthParts } from './parts.ts'
import { revokeGrant } from './revoke-grant.ts'
import { refresh, TokenRefusal } from './tokens.ts'

/** Four requests of at most 10 s each (three of them to find the metadata), and some room. */
const leaseMs = 45_000
const pollMs = 200
const minBackOffMs = 1_000
const maxBackOffMs = 60_000
const freshMs = 30_000

interface Trouble {
  failures: number
  nextAttemptAt: number
}

/** One refresh of a grant at a time: in this process by sharing it, on one database by the store's lease. */
export class Refresher {
  readonly #parts: OAuthParts
  readonly #holder = randomUUID()
  readonly #running = new Map<string, Promise<GrantRecord | undefined>>()
  readonly #troubles = new Map<string, Trouble>()
  readonly #renewals = new Map<string, { version: number; at: number }>()
  #isClosed = false

  constructor(parts: OAuthParts) {
    this.#parts = parts
  }

  /**
   * The grant after a refresh of this one. The same one where that failed for now: the authorization server is asked again after a
   * back-off. Undefined, or without tokens, where the user has to sign in again.
   */
  refreshed(userId: string, serverId: string, grant: GrantRecord): Promise<GrantRecord | undefined> {
    const key = keyOf(userId, serverId)
    const trouble = this.#troubles.get(key)
    const isWaiting = trouble !== undefined && trouble.nextAttemptAt > this.#parts.now()
    if (!grant.tokens?.refreshToken || isWaiting || this.#isClosed) return Promise.resolve(grant)
    const running = this.#running.get(key)
    if (running) return running
    const mine = this.#inTurn(key, userId, serverId, grant).finally(() => this.#running.delete(key))
    this.#running.set(key, mine)
    return mine
  }

  /** Its tokens are of no use any more: what there is instead, such as of who has signed in anew in this moment. */
  async signInAgain(userId: string, serverId: string, grant: GrantRecord): Promise<GrantRecord | undefined> {
    const { oauth } = this.#parts.store
    await oauth.tokensEnded(userId, serverId, grant.version)
    this.#troubles.delete(keyOf(userId, serverId))
    return oauth.grant(userId, serverId)
  }

  /** Whether this version has just come from a refresh: another one would give no better token. */
  isFresh(userId: string, serverId: string, version: number): boolean {
    const renewal = this.#renewals.get(keyOf(userId, serverId))
    return renewal?.version === version && renewal.at > this.#parts.now() - freshMs
  }

  /** Whether the last refresh failed for now. */
  isTroubled(userId: string, serverId: string): boolean {
    return this.#troubles.has(keyOf(userId, serverId))
  }

  /** After the refreshes that are under way: a rotated token that nobody keeps would be lost. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#running.values())
  }

  /** Waits for another process that is at it, for as long as its lease can last. */
  async #inTurn(key: string, userId: string, serverId: string, grant: GrantRecord) {
    const { oauth } = this.#parts.store
    const endsAt = performance.now() + leaseMs
    while (!(await oauth.leaseRefresh(userId, serverId, grant.version, this.#holder, leaseMs))) {
      const now = await oauth.grant(userId, serverId)
      if (now?.version !== grant.version || !now.tokens) return now
      if (this.#isClosed || performance.now() > endsAt) return grant
      await pause(pollMs)
    }
    return this.#held(key, userId, serverId, grant)
  }

  async #held(key: string, userId: string, serverId: string, grant: GrantRecord) {
    const { oauth } = this.#parts.store
    let tokens: Tokens
    try {
      tokens = await this.#asked(grant)
    } catch (error) {
      await oauth.releaseRefresh(userId, serverId, this.#holder)
      if (!(error instanceof TokenRefusal) && !(error instanceof SignInError)) throw error
      if (error instanceof TokenRefusal && isFinal(error)) return this.#ended(userId, serverId, grant, error)
      this.#failed(key)
      return grant
    }
    this.#troubles.delete(key)
    const kept = await this.#kept(userId, serverId, grant, tokens)
    if (kept) {
      this.#renewed(key, kept.version)
      return kept
    }
    const now = await oauth.grant(userId, serverId)
    // Signed out meanwhile: what has come after that is not wanted any more.
    if (!now?.tokens) await revokeGrant(this.#parts, { ...grant, tokens })
    return now
  }

  /** The old refresh token may be worth nothing any more: while the lease lasts, the database may come back. */
  async #kept(userId: string, serverId: string, { version }: GrantRecord, tokens: Tokens) {
    const { oauth } = this.#parts.store
    const endsAt = performance.now() + leaseMs
    for (;;) {
      try {
        return await oauth.refreshed(userId, serverId, version, this.#holder, tokens)
      } catch (error) {
        const isOver = this.#isClosed || performance.now() > endsAt
        if (isOver || !(error instanceof DatabaseUnreachable)) throw error
        await pause(pollMs)
      }
    }
  }

  async #asked(grant: GrantRecord): Promise<Tokens> {
    const { issuer, clientId, redirectUri, resource, tokens } = grant
    if (issuer === undefined || clientId === undefined || redirectUri === undefined || resource === undefined)
      throw new TokenRefusal('invalid_client', '')
    const client = await knownClient(this.#parts, { issuer, clientId, redirectUri })
    if (!client || tokens?.refreshToken === undefined) throw new TokenRefusal('invalid_client', issuer)
    const server = await authorizationServer(this.#parts, issuer)
    const old = { refreshToken: tokens.refreshToken, scopes: tokens.scopes }
    return refresh({ parts: this.#parts, server, client, resource }, old)
  }

  /** The refresh token or the client is not known there any more. */
  async #ended(userId: string, serverId: string, grant: GrantRecord, { code }: TokenRefusal) {
    const { issuer, redirectUri, clientId } = grant
    const isClient = issuer !== undefined && redirectUri !== undefined && clientId !== undefined
    if (isOfClient(code) && isClient) await forgetClient(this.#parts, { issuer, redirectUri, clientId })
    return this.signInAgain(userId, serverId, grant)
  }

  #renewed(key: string, version: number): void {
    const now = this.#parts.now()
    for (const [old, { at }] of this.#renewals) if (at <= now - freshMs) this.#renewals.delete(old)
    this.#renewals.set(key, { version, at: now })
  }

  #failed(key: string): void {
    const failures = (this.#troubles.get(key)?.failures ?? 0) + 1
    const delayMs = Math.min(maxBackOffMs, minBackOffMs * 2 ** (failures - 1))
    this.#troubles.set(key, { failures, nextAttemptAt: this.#parts.now() + delayMs })
  }
}

/** Asking again would be answered in the same way. */
function isFinal({ code }: TokenRefusal): boolean {
  return (
    isOfClient(code) ||
    code === 'invalid_grant' ||
    code === 'invalid_target' ||
    code === 'unsupported_grant_type'
  )
}

function isOfClient(code: string | undefined): boolean {
  return code === 'invalid_client' || code === 'unauthorized_client'
}

function keyOf(userId: string, serverId: string): string {
  return JSON.stringify([userId, serverId])
}
