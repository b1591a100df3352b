import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { ServerDefinition } from '../../config/definition.ts'
import type { HttpTarget } from '../../config/sealed-target.ts'
import type { EgressPolicy } from '../../egress/policy.ts'
import { createCredentialedFetch } from './credentialed-fetch.ts'

/** By which a connection asks its HTTP server. */
export interface Network {
  reach: FetchLike
  /** Its sockets. */
  close(): Promise<void>
}

/** What a server's definition asks for: a guard of the addresses, and credentials that change. */
export async function networkOf(
  { credentials, target: sealed }: ServerDefinition,
  { egress }: HttpTarget,
): Promise<Network> {
  const { fetch, close } = await (egress ? guardedBy(egress) : unguarded())
  return { reach: credentials ? createCredentialedFetch(fetch, credentials, sealed) : fetch, close }
}

async function guardedBy(egress: EgressPolicy) {
  const { createGuardedFetch } = await import('../../egress/guarded-fetch.ts')
  return createGuardedFetch(egress)
}

async function unguarded() {
  const { createRequestFetch } = await import('./request-fetch.ts')
  return createRequestFetch()
}
