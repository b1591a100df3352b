import { createHmac, randomBytes } from 'node:crypto'
import type { EgressPolicy } from '../egress/policy.ts'
import { type Mask, maskOf } from './secrets.ts'

export interface StdioTarget {
  kind: 'stdio'
  command: string
  args: string[]
  env: Record<string, string>
  cwd?: string
}

export interface HttpTarget {
  kind: 'http'
  url: string
  headers: Record<string, string>
  /** Where it may be; of a server that a stranger has named. Default: anywhere. */
  egress?: EgressPolicy
}

/** Of this process only: without it a fingerprint says nothing of a secret, not even to who guesses it. */
const fingerprintKey = randomBytes(32)
/** Of what was learned later: a word that comes late may still repeat an older one. */
const maxLearned = 8

/**
 * Where a server is and what it is given, closed: printed, inspected, persisted or compared it is its kind and its
 * fingerprint. Only a connection opens it (`docs/decisions/0002-secrets.md`).
 */
export class SealedTarget {
  readonly kind: 'stdio' | 'http'
  /** Two targets are deeply equal exactly if this is. */
  readonly fingerprint: string
  readonly #target: StdioTarget | HttpTarget
  readonly #expanded: readonly string[]
  #learned: readonly string[] = []
  #mask: Mask | undefined

  /** `expanded`: what `${…}` stood for in it. */
  constructor(target: StdioTarget | HttpTarget, expanded: readonly string[] = []) {
    this.kind = target.kind
    this.fingerprint = createHmac('sha256', fingerprintKey).update(JSON.stringify(target)).digest('base64url')
    this.#target = target
    this.#expanded = expanded
  }

  open(): StdioTarget | HttpTarget {
    return this.#target
  }

  /** From now on this is hidden, too: what the server is given beside the target, such as a token. */
  hide(secret: string): void {
    if (this.#learned.includes(secret)) return
    this.#learned = [...this.#learned, secret].slice(-maxLearned)
    this.#mask = undefined
  }

  /** For every text that is built from what a server, an SDK or the operating system says. */
  mask(text: string): string {
    this.#mask ??= maskOf(this.#target, [...this.#expanded, ...this.#learned])
    return this.#mask(text)
  }
}
