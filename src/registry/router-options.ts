import type { IncomingMessage } from 'node:http'
import type { Credentials } from '../contract/user-servers.ts'
import type { EgressPolicy } from '../egress/policy.ts'
import type { SignIns } from './sign-ins.ts'
import type { RegistryStore } from './store.ts'
import type { TestResult } from './wire.ts'

/** Who asks. */
export interface Principal {
  /** Of a user; of an agent or operator the name of its key. */
  id: string
  role: 'user' | 'operator' | 'agent'
}

/**
 * Undefined where nobody is known by what the request has. May throw `IdentityUnavailable` where that cannot be found out
 * now, and `HttpProblem` where nobody may ask like this.
 */
export type Authenticate = (
  request: IncomingMessage,
) => Principal | undefined | Promise<Principal | undefined>

/** What a test is given of one server. */
export interface TestedServer {
  name: string
  url: string
  headers: Readonly<Record<string, string>>
  /** Where somebody has signed in, or may have to. */
  credentials?: Credentials | undefined
}

/** Connects for real, lists the tools, and leaves; what it found. May end early where `signal` fires, and then may reject. */
export type TestServer = (
  server: TestedServer,
  egress: EgressPolicy,
  signal: AbortSignal,
) => Promise<TestResult>

export interface RegistryParts {
  store: RegistryStore
  signIns: SignIns
  egress: EgressPolicy
  authenticate: Authenticate
  testServer: TestServer
  /** Where browsers reach it, without a path: `https://tools.example.com`. For redirects and links. */
  publicUrl: () => string
  /** Where a user signs in at a server; `{id}` stands for the server's. */
  signInPage: () => string
}

/** Who asks cannot be found out now, such as when the keys of the identity provider cannot be fetched. */
export class IdentityUnavailable extends Error {
  override readonly name = 'IdentityUnavailable'
}

export interface RouterLimits {
  /** Default: 50. */
  maxServersPerUser: number
  /** Of what users send; an agent reports at most 4 MB. Default: 64 kB. */
  maxBodyBytes: number
  /** Of one user, or of one agent for one user. Default: 600. */
  requestsPerMinute: number
  /** Of one address without anybody being known by it; what was answered to somebody known does not count. Default: 120. */
  strangersRequestsPerMinute: number
  /** Of one user. Default: 2. */
  maxTestsAtOnce: number
  /** Default: 20 s. */
  testTimeoutMs: number
  /** Of one user's own. Default: 5. */
  maxEventStreams: number
  /** Of one agent for one user: each call may have one. Default: 100. */
  maxAgentEventStreams: number
  /** Between comments that show that an event stream is alive. Default: 15 s. */
  heartbeatMs: number
}

export const defaultRouterLimits: RouterLimits = {
  maxServersPerUser: 50,
  maxBodyBytes: 64_000,
  requestsPerMinute: 600,
  strangersRequestsPerMinute: 120,
  maxTestsAtOnce: 2,
  testTimeoutMs: 20_000,
  maxEventStreams: 5,
  maxAgentEventStreams: 100,
  heartbeatMs: 15_000,
}
