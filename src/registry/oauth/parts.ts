import type { EgressPolicy } from '../../egress/policy.ts'
import type { KnownClients } from '../sign-ins.ts'
import type { RegistryStore } from '../store.ts'

/** What signing in stands on. */
export interface OAuthParts {
  store: Pick<RegistryStore, 'oauth' | 'servers'>
  egress: EgressPolicy
  /** Guarded by `egress`. */
  fetch: (url: string | URL, init?: RequestInit) => Promise<Response>
  known: KnownClients
  /** Where browsers reach the registry, without a path. */
  publicUrl: () => string
  /** In milliseconds since 1970. */
  now: () => number
}
