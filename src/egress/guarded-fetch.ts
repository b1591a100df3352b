import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, buildConnector, fetch as undiciFetch } from 'undici'
import { bareHost } from './addresses.ts'
import { checkUrl } from './check-url.ts'
import { guardedConnector } from './guarded-connector.ts'
import { limitedBody } from './limited-body.ts'
import type { EgressPolicy } from './policy.ts'
import { EgressRefused } from './refused.ts'

const connectTimeoutMs = 10_000
/** Of a response that may have none (Fetch standard: null body status). */
const bodiless = [101, 103, 204, 205, 304]

export interface GuardedFetchOptions {
  /** For the whole exchange, the body included. Default: none but undici's own. */
  timeoutMs?: number
  /** Of a body, decompressed. What goes beyond is an error of whoever reads it. Default: any. */
  maxResponseBytes?: number
  /** As `dns.lookup`. Default: the system's. */
  lookup?: LookupFunction
}

/** As libraries give it: some name what they do not set. */
type FetchInit = { [Name in keyof RequestInit]?: RequestInit[Name] | undefined }

export interface GuardedFetch {
  /**
   * As `fetch`, with two differences: redirects are never followed, and a request that the policy forbids rejects with
   * `EgressRefused`, as itself or as the `cause` of undici's `fetch failed` (`refusalIn` finds either).
   */
  fetch: (url: string | URL, init?: FetchInit) => Promise<Response>
  /** Ends its connections, and what is under way on them. */
  close(): Promise<void>
}

export function createGuardedFetch(policy: EgressPolicy, options: GuardedFetchOptions = {}): GuardedFetch {
  const { timeoutMs, maxResponseBytes } = options
  const agent = new Agent({
    connect: guardedConnector(policy, options.lookup ?? systemLookup, ({ lookup }) =>
      buildConnector({ timeout: connectTimeoutMs, ...(lookup && { lookup }) }),
    ),
  })

  async function guardedFetch(target: string | URL, init: FetchInit = {}): Promise<Response> {
    const url = new URL(target)
    const problem = checkUrl(url, policy)
    if (problem !== undefined) throw new EgressRefused(bareHost(url.hostname), problem)
    const { body: sent = null } = init
    if (sent instanceof FormData) throw new TypeError('no forms with files: give the body as text')
    const signals = [init.signal ?? [], timeoutMs === undefined ? [] : AbortSignal.timeout(timeoutMs)].flat()
    const response = await undiciFetch(url, {
      method: init.method ?? 'GET',
      headers: [...new Headers(init.headers)],
      body: sent,
      redirect: 'manual',
      signal: AbortSignal.any(signals),
      dispatcher: agent,
    })
    const { status, statusText } = response
    const body = bodiless.includes(status) ? null : response.body
    return new Response(maxResponseBytes === undefined ? body : limitedBody(body, maxResponseBytes), {
      status,
      statusText,
      headers: [...response.headers],
    })
  }

  return { fetch: guardedFetch, close: () => agent.destroy() }
}
