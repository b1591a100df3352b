import type { IncomingMessage } from 'node:http'
import type { EgressPolicy } from '../egress/policy.ts'
import type { SignIns } from './sign-ins.ts'
import type { RegistryStore } from './store.ts'

/** Who asks. */
export interface Principal {
  /** Of a user; of an agent or operator the name of its key. */
  id: string
  role: 'user' | 'operator' | 'agent'
}

/** Undefined where nobody is known by what the request has. */
export type Authenticate = (
  request: IncomingMessage,
) => Principal | undefined | Promise<Principal | undefined>

export interface RegistryParts {
  store: RegistryStore
  signIns: SignIns
  egress: EgressPolicy
  authenticate: Authenticate
  /** Where browsers reach it, without a path: `https://tools.example.com`. For redirects and links. */
  publicUrl: () => string
  /** Where a user signs in at a server; `{id}` stands for the server's. */
  signInPage: () => string
}
