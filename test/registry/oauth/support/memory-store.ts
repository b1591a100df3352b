import type { RegistryStore, ServerRecord } from '../../../../src/registry/store.ts'
import {
  type FlowRecord,
  type GrantRecord,
  type OAuthClientRecord,
  type OAuthStore,
  StoreError,
} from '../../../../src/registry/store.ts'

const unused = () => Promise.reject(new Error('not used here'))
const signedOut: GrantRecord = {
  state: 'signed_out',
  issuer: undefined,
  clientId: undefined,
  redirectUri: undefined,
  resource: undefined,
  tokens: undefined,
  scopes: [],
  wantedScopes: [],
  deniedScopes: [],
  expiresAt: undefined,
  version: 0,
}

/** The part of a store that signing in needs, by the contract, with its state to look at. */
export class MemoryStore implements Pick<RegistryStore, 'oauth' | 'servers'> {
  readonly clients = new Map<string, OAuthClientRecord>()
  readonly flows = new Map<string, FlowRecord>()
  readonly grants = new Map<string, GrantRecord>()
  readonly leases = new Map<string, { holder: string; until: number }>()
  /** By user and server: where it is, and its stored headers. */
  readonly entries = new Map<string, { url: string; headers: Record<string, string> }>()
  /** What listeners would be told of. */
  changes = 0
  #version = 0

  addServer(userId: string, serverId: string, url: string, headers: Record<string, string> = {}): void {
    this.entries.set(keyOf(userId, serverId), { url, headers })
  }

  grantOf(userId: string, serverId: string): GrantRecord | undefined {
    return this.grants.get(keyOf(userId, serverId))
  }

  change(userId: string, serverId: string, change: Partial<GrantRecord>): GrantRecord {
    const key = keyOf(userId, serverId)
    if (!this.entries.has(key)) throw new StoreError('not_found', 'no such server')
    const grant = { ...(this.grants.get(key) ?? signedOut), ...change }
    this.grants.set(key, grant)
    this.changes++
    return grant
  }

  readonly servers: RegistryStore['servers'] = {
    get: (userId, id) => {
      const entry = this.entries.get(keyOf(userId, id))
      return Promise.resolve(entry && { ...recordOf(userId, id, entry.url), grant: this.grantOf(userId, id) })
    },
    headers: async (userId, id, url) => {
      const entry = this.entries.get(keyOf(userId, id))
      return entry && new URL(entry.url).origin === new URL(url).origin ? entry.headers : {}
    },
    ...{ list: unused, add: unused, change: unused, remove: unused, order: unused, observe: unused },
  }

  readonly oauth: OAuthStore = {
    client: async (issuer, redirectUri) => this.clients.get(keyOf(issuer, redirectUri)),
    saveClient: async (client) => {
      this.clients.set(keyOf(client.issuer, client.redirectUri), client)
    },
    dropClient: async (issuer, redirectUri) => {
      this.clients.delete(keyOf(issuer, redirectUri))
    },
    beginFlow: async (flow) => {
      this.flows.set(flow.stateHash, flow)
    },
    takeFlow: async (stateHash) => {
      const flow = this.flows.get(stateHash)
      this.flows.delete(stateHash)
      return flow
    },
    grant: async (userId, serverId) => this.grantOf(userId, serverId),
    signedIn: async (_actor, userId, serverId, { tokens, ...grant }) => {
      const { scopes, expiresAt } = tokens
      const fresh = { state: 'signed_in' as const, wantedScopes: [], version: ++this.#version }
      return this.change(userId, serverId, { ...grant, ...fresh, tokens, scopes, expiresAt })
    },
    signInNeeded: async (userId, serverId, wantedScopes) => {
      const state = this.grantOf(userId, serverId)?.tokens ? 'more_needed' : 'signed_out'
      this.change(userId, serverId, { state, wantedScopes })
    },
    denied: async (_actor, userId, serverId, scopes) => {
      const grant = this.grantOf(userId, serverId) ?? signedOut
      const deniedScopes = [...new Set([...grant.deniedScopes, ...scopes])]
      const wantedScopes = grant.wantedScopes.filter((scope) => !deniedScopes.includes(scope))
      const isEnough = grant.state === 'more_needed' && wantedScopes.length === 0
      const state = isEnough ? 'signed_in' : grant.state
      this.change(userId, serverId, { deniedScopes, wantedScopes, state })
    },
    signedOut: async (_actor, userId, serverId) => {
      const before = this.grantOf(userId, serverId)
      if (before) this.change(userId, serverId, { ...signedOut, version: before.version })
      return before
    },
    tokensEnded: async (userId, serverId, version) => {
      const grant = this.grantOf(userId, serverId)
      if (grant?.version !== version || !grant.tokens) return
      const { scopes, wantedScopes, deniedScopes } = grant
      const wanted = [...new Set([...scopes, ...wantedScopes])].filter((one) => !deniedScopes.includes(one))
      this.change(userId, serverId, { ...signedOut, version, deniedScopes, wantedScopes: wanted })
    },
    leaseRefresh: async (userId, serverId, version, holder, leaseMs) => {
      const key = keyOf(userId, serverId)
      const lease = this.leases.get(key)
      const grant = this.grants.get(key)
      if (grant?.version !== version || !grant.tokens?.refreshToken) return false
      if (lease && lease.holder !== holder && lease.until > Date.now()) return false
      this.leases.set(key, { holder, until: Date.now() + leaseMs })
      return true
    },
    refreshed: async (userId, serverId, version, holder, tokens) => {
      const key = keyOf(userId, serverId)
      const grant = this.grants.get(key)
      if (this.leases.get(key)?.holder !== holder || grant?.version !== version) return undefined
      this.leases.delete(key)
      const { scopes, expiresAt } = tokens
      return this.change(userId, serverId, { tokens, scopes, expiresAt, version: ++this.#version })
    },
    releaseRefresh: async (userId, serverId, holder) => {
      const key = keyOf(userId, serverId)
      if (this.leases.get(key)?.holder === holder) this.leases.delete(key)
    },
    expiring: async (after, before, limit) =>
      [...this.grants]
        .filter(([, { tokens }]) => tokens?.refreshToken && isBetween(tokens.expiresAt, after, before))
        .slice(0, limit)
        .map(([key]) => {
          const [userId = '', serverId = ''] = key.split('\n')
          return { userId, serverId }
        }),
  }
}

function keyOf(...names: string[]): string {
  return names.join('\n')
}

function isBetween(moment: Date | undefined, after: Date, before: Date): boolean {
  return moment !== undefined && moment >= after && moment <= before
}

function recordOf(userId: string, id: string, url: string): ServerRecord {
  const at = new Date(0)
  return {
    ...{ id, userId, url, name: 'test', enabled: true, templateId: undefined, tools: {}, headerNames: [] },
    ...{ version: 1, createdAt: at, updatedAt: at, lastSeen: undefined, grant: undefined },
  }
}
