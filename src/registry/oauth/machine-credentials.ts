/**
 * Signing in without a user: the MCP extensions "OAuth Client Credentials" (SEP-1046) and, where an identity provider says who is asking,
 * "Enterprise-Managed Authorization" (SEP-990) and workload identity.
 */

import { messageOf } from '../../contract/errors.ts'
import type { Refusal, RefusalAnswer, RenewingCredentials } from '../../contract/user-servers.ts'
import { createGuardedFetch } from '../../egress/guarded-fetch.ts'
import type { EgressPolicy } from '../../egress/policy.ts'
import type { Tokens } from '../store.ts'
import { isSameIssuer, tokenServer } from './authorization-server.ts'
import { type BearerChallenge, bearerChallenge } from './challenge.ts'
import { type MachineProof, machineTokens } from './machine-tokens.ts'
import { describedResource } from './resource.ts'
import { scopesIn, without } from './scopes.ts'

const limits = { timeoutMs: 10_000, maxResponseBytes: 1_000_000 }
/** A token that is to end within this time is not given any more; of a short life it is half of that. */
const renewAheadMs = 60_000
const minBackOffMs = 1_000
const maxBackOffMs = 60_000

export interface MachineCredentialsOptions {
  /** Of the server that the tokens are for; they go nowhere else. */
  url: string
  /** The authorization server that knows us, as it calls itself. Another one that the server names is not asked. */
  issuer: string
  /** As the authorization server knows us. */
  clientId: string
  proof: MachineProof
  /** Default: those that the server asks for, else all that it lists. */
  scopes?: readonly string[]
  /** Where the authorization server may be. Default: at public addresses, over https. */
  egress?: EgressPolicy
}

/**
 * Of one server, for `credentials` of `createSwitchboard`. Asks nobody before the server has refused a request. Dropped: nothing.
 * Retried: a token that ends or is refused is replaced by another; an authorization server that gives none is asked again after 1, 2,
 * 4, … 60 seconds, as long as somebody listens. Told: why there is none, as the reason of the refusal.
 */
export function createMachineCredentials(options: MachineCredentialsOptions): RenewingCredentials {
  return new MachineCredentials(options)
}

/** What the server wants: its challenge, and scopes. */
interface Wish {
  challenge: BearerChallenge | undefined
  scopes: string[]
}

class MachineCredentials implements RenewingCredentials {
  readonly #listeners = new Set<() => void>()
  #tokens: Tokens | undefined
  /** In milliseconds since 1970. */
  #usableUntil = Number.POSITIVE_INFINITY
  #asking: Promise<RefusalAnswer> | undefined
  #trouble: { wish: Wish; reason: string; failures: number; timer?: NodeJS.Timeout } | undefined

  constructor(private readonly options: MachineCredentialsOptions) {}

  get authorization(): string | undefined {
    const isOver = this.#usableUntil <= Date.now()
    return this.#tokens === undefined || isOver ? undefined : `Bearer ${this.#tokens.accessToken}`
  }

  get url(): string {
    return this.options.url
  }

  subscribe(onRenewed: () => void): () => void {
    this.#listeners.add(onRenewed)
    return () => {
      this.#listeners.delete(onRenewed)
      if (this.#listeners.size > 0) return
      clearTimeout(this.#trouble?.timer)
      this.#trouble = undefined
    }
  }

  /** Calls side by side are refused side by side: the authorization server is asked once. */
  refuse(refusal: Refusal): Promise<RefusalAnswer> {
    const { authorization } = this
    if (authorization !== undefined && authorization !== refusal.refused)
      return Promise.resolve({ isRenewed: true, reason: 'there is another token by now' })
    this.#asking ??= this.#answer(refusal).finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #answer({ challenge: header, status }: Refusal): Promise<RefusalAnswer> {
    const challenge = bearerChallenge(header)
    const granted = this.#tokens?.scopes ?? []
    const missing = without(challenge?.scopes ?? [], granted)
    if (status === 403 && (challenge?.error !== 'insufficient_scope' || missing.length === 0))
      return { isRenewed: false, reason: 'The server forbids it to this client.' }
    if (this.#trouble?.timer !== undefined) return { isRenewed: false, reason: this.#trouble.reason }
    return this.#renewed({ challenge, scopes: [...granted, ...missing] }, 0)
  }

  async #renewed(wish: Wish, failuresBefore: number): Promise<RefusalAnswer> {
    try {
      this.#tokens = await this.#ask(wish)
      this.#usableUntil = usableUntil(this.#tokens)
      this.#trouble = undefined
      return { isRenewed: true, reason: 'There is a new token.' }
    } catch (error) {
      this.#tokens = undefined
      this.#trouble = { wish, reason: messageOf(error), failures: failuresBefore + 1 }
      if (this.#listeners.size > 0) this.#trouble.timer = this.#again(this.#trouble)
      return { isRenewed: false, reason: this.#trouble.reason }
    }
  }

  #again({ wish, failures }: { wish: Wish; failures: number }): NodeJS.Timeout {
    const delayMs = Math.min(maxBackOffMs, minBackOffMs * 2 ** (failures - 1))
    return setTimeout(async () => {
      const { isRenewed } = await this.#renewed(wish, failures)
      if (isRenewed) for (const tell of [...this.#listeners]) tell()
    }, delayMs).unref()
  }

  async #ask({ challenge, scopes: wanted }: Wish): Promise<Tokens> {
    const { egress = { allowHosts: [] }, proof, clientId, issuer, scopes } = this.options
    const url = new URL(this.options.url)
    const guarded = createGuardedFetch(egress, limits)
    const parts = { egress, fetch: guarded.fetch, known: {}, now: Date.now }
    try {
      const resource = await describedResource(parts, url, challenge)
      if (!resource) throw new Error(`${url.host} does not say who gives tokens for it (RFC 9728).`)
      // A server may name whom it likes: what proves us is for the one that knows us.
      if (!isSameIssuer(issuer, resource.issuer))
        throw new Error(`${url.host} names another authorization server than ${issuer}.`)
      const server = await tokenServer(parts, issuer, proof.grant)
      const asked = scopesIn(scopes ?? (wanted.length > 0 ? wanted : resource.supportedScopes))
      return await machineTokens({ parts, server, clientId, resource: resource.identifier }, proof, asked)
    } finally {
      await guarded.close()
    }
  }
}

function usableUntil({ expiresAt }: Tokens): number {
  if (expiresAt === undefined) return Number.POSITIVE_INFINITY
  const endsAt = expiresAt.getTime()
  return endsAt - Math.min(renewAheadMs, (endsAt - Date.now()) / 2)
}
