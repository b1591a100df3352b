/** What the registry remembers, in no database's words. Every change is one transaction with its line in the audit log. */
import type { ServerState } from '../contract/protocol.ts'
import type { NewServer, NewTemplate, ServerChange, Template, ToolChoice } from './wire.ts'

/** Who does something; for the audit log. */
export interface Actor {
  /** The user's id, the name of an API key, or `registry` for the service itself. */
  name: string
}

/** The service itself. */
export const registryActor: Actor = { name: 'registry' }

export interface ServerRecord {
  id: string
  userId: string
  name: string
  url: string
  enabled: boolean
  templateId: string | undefined
  tools: ToolChoice
  /** Of the stored headers. */
  headerNames: string[]
  version: number
  createdAt: Date
  updatedAt: Date
  lastSeen: ObservationRecord | undefined
  /** Without its tokens. Absent where nobody has signed in, and the server is not known to want it. */
  grant: GrantFacts | undefined
}

export interface ObservationRecord {
  status: ServerState
  /** When it came to be so. */
  since: Date
  at: Date
  from: 'test' | 'call'
  problem: string | undefined
  functions: string[]
}

/** What somebody sees of a server now. */
export type NewObservation = Omit<ObservationRecord, 'since' | 'at'> & { id: string }

/** @inline */
export type StoreProblem =
  | 'not_found'
  | 'name_taken'
  | 'too_many'
  | 'changed_meanwhile'
  | 'wrong_order'
  | 'wrong_cursor'

/** The request cannot be carried out; nothing was changed. */
export class StoreError extends Error {
  override readonly name = 'StoreError'

  constructor(
    readonly code: StoreProblem,
    message: string,
  ) {
    super(message)
  }
}

export interface ServerStore {
  /** In the user's order. `cursor` from an earlier answer. @throws StoreError `wrong_cursor` where it is not from one */
  list(
    userId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{
    servers: ServerRecord[]
    nextCursor: string | undefined
  }>
  get(userId: string, id: string): Promise<ServerRecord | undefined>
  /** Last in the order. @throws StoreError `name_taken`, `too_many` */
  add(actor: Actor, userId: string, server: NewServer, maxServers: number): Promise<ServerRecord>
  /** @throws StoreError `not_found`, `changed_meanwhile` where `ifVersion` is another, `name_taken` */
  change(
    actor: Actor,
    userId: string,
    id: string,
    change: ServerChange,
    ifVersion?: number,
  ): Promise<ServerRecord>
  /** With all that belongs to it. @throws StoreError `not_found`, `changed_meanwhile` */
  remove(actor: Actor, userId: string, id: string, ifVersion?: number): Promise<void>
  /** @throws StoreError `wrong_order` unless it names each server of the user once */
  order(actor: Actor, userId: string, ids: readonly string[]): Promise<void>
  /** Decrypted; none where the server is at another origin by now than `url`, for what is stored then is not for that one. */
  headers(userId: string, id: string, url: string): Promise<Record<string, string>>
  /** Not in the audit log. Of servers that are not the user's nothing is kept. Tells listeners only where something but `at` changed. */
  observe(userId: string, observations: readonly NewObservation[]): Promise<void>
}

export interface TemplateStore {
  list(): Promise<Template[]>
  get(id: string): Promise<Template | undefined>
  /** @throws StoreError `name_taken` */
  add(actor: Actor, template: NewTemplate): Promise<Template>
  /** Servers made from it stay as they are. @throws StoreError `not_found` */
  remove(actor: Actor, id: string): Promise<void>
}

export type KeyRole = 'agent' | 'operator'

export interface ApiKeyRecord {
  id: string
  name: string
  role: KeyRole
  createdAt: Date
}

export interface ApiKeyStore {
  /** The key itself is told once, here; only its hash is kept. @throws StoreError `name_taken` */
  add(actor: Actor, name: string, role: KeyRole): Promise<{ key: string; record: ApiKeyRecord }>
  list(): Promise<ApiKeyRecord[]>
  /** @throws StoreError `not_found` */
  remove(actor: Actor, name: string): Promise<void>
  find(key: string): Promise<ApiKeyRecord | undefined>
}

/** At one authorization server, for one redirect address. Keyed by issuer: what one gave is never sent to another. */
export interface OAuthClientRecord {
  issuer: string
  redirectUri: string
  clientId: string
  clientSecret: string | undefined
  tokenEndpointAuthMethod: string
  /** When the secret ends, if it does. */
  expiresAt: Date | undefined
}

/** A sign-in that has begun and not come back. */
export interface FlowRecord {
  /** SHA-256 of the `state` parameter. */
  stateHash: string
  /** SHA-256 of what only the browser that began it has. */
  bindingHash: string
  userId: string
  serverId: string
  issuer: string
  clientId: string
  redirectUri: string
  resource: string
  scopes: string[]
  codeVerifier: string
  expiresAt: Date
}

export interface Tokens {
  accessToken: string
  refreshToken: string | undefined
  scopes: string[]
  expiresAt: Date | undefined
}

export interface GrantFacts {
  state: 'signed_out' | 'signed_in' | 'more_needed'
  issuer: string | undefined
  scopes: string[]
  expiresAt: Date | undefined
  /** Grows with each token. */
  version: number
}

export interface GrantRecord extends GrantFacts {
  clientId: string | undefined
  /** With which the client is known at the issuer; a refresh needs its secret. */
  redirectUri: string | undefined
  resource: string | undefined
  tokens: Tokens | undefined
  /** What the server has asked for beyond the tokens' scopes, and the user was not asked yet. */
  wantedScopes: string[]
  /** What the user was asked for and did not give: not asked again. */
  deniedScopes: string[]
}

export interface OAuthStore {
  client(issuer: string, redirectUri: string): Promise<OAuthClientRecord | undefined>
  saveClient(client: OAuthClientRecord): Promise<void>
  dropClient(issuer: string, redirectUri: string): Promise<void>
  /** Old ones are forgotten. */
  beginFlow(flow: FlowRecord): Promise<void>
  /** Once, and not after its time: it is gone with the answer. */
  takeFlow(stateHash: string): Promise<FlowRecord | undefined>
  grant(userId: string, serverId: string): Promise<GrantRecord | undefined>
  /** Somebody signed in. @throws StoreError `not_found` where the server is gone */
  signedIn(
    actor: Actor,
    userId: string,
    serverId: string,
    grant: {
      issuer: string
      clientId: string
      redirectUri: string
      resource: string
      tokens: Tokens
      /** All of them: those of earlier sign-ins are replaced. */
      deniedScopes: string[]
    },
  ): Promise<GrantRecord>
  /** A server wants somebody to sign in, or more than was given. @throws StoreError `not_found` */
  signInNeeded(userId: string, serverId: string, wantedScopes: string[]): Promise<void>
  /** The user gave less than was asked for, or nothing. @throws StoreError `not_found` */
  denied(actor: Actor, userId: string, serverId: string, scopes: string[]): Promise<void>
  /**
   * Nothing of the tokens is left, nor of what was denied: who signs in anew is asked anew. Returns what was there, so that it can
   * be revoked.
   */
  signedOut(actor: Actor, userId: string, serverId: string): Promise<GrantRecord | undefined>
  /**
   * Tokens of this version are of no use any more: nothing of them is left. What they were for is wanted, and what was denied stays
   * so. Nothing is done where there is another version by now.
   */
  tokensEnded(userId: string, serverId: string, version: number): Promise<void>
  /** Whether `holder` may refresh the tokens of this version now; nobody else may for `leaseMs`, in whatever process. */
  leaseRefresh(
    userId: string,
    serverId: string,
    version: number,
    holder: string,
    leaseMs: number,
  ): Promise<boolean>
  /** Undefined where the lease was lost meanwhile. Ends the lease. */
  refreshed(
    userId: string,
    serverId: string,
    version: number,
    holder: string,
    tokens: Tokens,
  ): Promise<GrantRecord | undefined>
  releaseRefresh(userId: string, serverId: string, holder: string): Promise<void>
  /** Whose tokens end between these, can be refreshed, and are not being refreshed. The first to end come first. */
  expiring(after: Date, before: Date, limit: number): Promise<{ userId: string; serverId: string }[]>
}

export interface AuditLine {
  at: Date
  actor: string
  userId: string | undefined
  /** `server.added`, `server.changed`, `server.removed`, `servers.ordered`, `signed_in`, `signed_out`, `key.added`, … */
  action: string
  subject: string | undefined
  /** Names of what changed, never a secret. */
  details: Record<string, unknown>
}

/** Something of a user's has changed, in whatever process on the same database. */
export interface Change {
  userId: string
  /** `servers`: what an agent has to know; `status`: only what somebody saw of them. */
  kind: 'servers' | 'status'
}

export interface RegistryStore {
  servers: ServerStore
  templates: TemplateStore
  apiKeys: ApiKeyStore
  oauth: OAuthStore
  /** Newest first. */
  audit(filter: { userId?: string | undefined; limit: number }): Promise<AuditLine[]>
  /** Of all processes on this database, this one included. Changes while the connection was lost are told as one of every user: `'all'`. */
  onChange(listener: (change: Change | 'all') => void): () => void
  /** Whether the database answers. */
  isReachable(): Promise<boolean>
}
