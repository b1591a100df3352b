import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { ServerDefinition } from '../../config/definition.ts'
import type { EgressPolicy } from '../../egress/policy.ts'
import { createCredentialedFetch } from './credentialed-fetch.ts'

/** By which a connection asks its HTTP server. */
export interface Network {
  /** Absent: the global `fetch`. */
  reach?: FetchLike
  /** Its sockets. */
  close(): Promise<void>
}

/** What a server's definition asks for: a guard of the addresses, and credentials that change. */
export async function networkOf({ target, credentials }: ServerDefinition): Promise<Network> {
  const opened = target.open()
  const egress = opened.kind === 'http' ? opened.egress : undefined
  const guarded = egress && (await guardedBy(egress))
  const reach = guarded?.fetch ?? fetch
  return {
    ...(credentials
      ? { reach: createCredentialedFetch(reach, credentials, target) }
      : guarded
        ? { reach }
        : {}),
    close: async () => guarded?.close(),
  }
}

/** It loads an HTTP client of its own: only for servers that strangers have named. */
async function guardedBy(egress: EgressPolicy) {
  const { createGuardedFetch } = await import('../../egress/guarded-fetch.ts')
  return createGuardedFetch(egress)
}
