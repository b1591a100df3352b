/** Servers that belong to one caller and that somebody else keeps, such as a registry. They may change while a conversation lasts. */
import type { EgressPolicy } from '../egress/policy.ts'
import type { ServerStatus } from './protocol.ts'

/** What a server is given with each request, and who has others when it refuses them. */
export interface Credentials {
  /** Of the `Authorization` header, now. */
  readonly authorization: string | undefined
  /**
   * The server answered 401 or 403, so it did nothing. `refused`: what it had been given. Never rejects; takes at most a few
   * seconds.
   */
  refuse(refusal: Refusal): Promise<RefusalAnswer>
}

/** Those that get others by themselves, after they had none. */
export interface RenewingCredentials extends Credentials {
  /** Of the server that they are for; one elsewhere is not given them. Default: any. */
  readonly url?: string
  /** Whenever there are others; returns the unsubscriber. */
  subscribe(onRenewed: () => void): () => void
}

export interface Refusal {
  refused: string | undefined
  status: 401 | 403
  /** `WWW-Authenticate`, as it came. */
  challenge: string | undefined
}

export interface RefusalAnswer {
  /** There is another `authorization` now: the same request may be sent once more. */
  isRenewed: boolean
  /** Where the user signs in. */
  signInUrl?: string | undefined
  /** For developers. */
  reason: string
}

export interface UserServer {
  url: string
  headers: Readonly<Record<string, string>>
  /** As under `switchboard` in a configuration. */
  options: Readonly<Record<string, unknown>>
  /** The same object as long as the server is the same. */
  credentials?: Credentials
}

export interface UserServers {
  /** By name, as known now. A new object whenever something changed. */
  readonly servers: ReadonlyMap<string, UserServer>
  /** Why they are not known now, in words for the caller. */
  readonly problem: string | undefined
  readonly egress: EgressPolicy
  /** After each change of the above, and when a server has got new credentials. */
  subscribe(listener: (change: { renewed?: string }) => void): () => void
  /** How the conversation sees them, at each change. */
  observed?(statuses: readonly ServerStatus[]): void
}
