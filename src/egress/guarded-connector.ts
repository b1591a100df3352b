import type { LookupAddress } from 'node:dns'
import type { LookupFunction, Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { bareHost, isAddress, isAllowedHost, isPublicAddress } from './addresses.ts'
import type { EgressPolicy } from './policy.ts'
import { EgressRefused } from './refused.ts'

const notPublic = 'is not at a public address'

/**
 * Checks where a connection goes at each of the three points where that is decided: the host as written (no look-up is made of an
 * address), every address that was looked up, and the one that it is connected to.
 */
export function guardedConnector(
  policy: EgressPolicy,
  lookup: LookupFunction,
  build: (options: { lookup?: LookupFunction }) => buildConnector.connector,
): buildConnector.connector {
  const open = build({ lookup })
  const guarded = build({ lookup: guardedLookup(lookup) })
  return (options, callback) => {
    const host = bareHost(options.hostname)
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80)
    if (isAllowedHost(policy, host, port)) return open(options, callback)
    if (isAddress(host) && !isPublicAddress(host)) return callback(new EgressRefused(host, notPublic), null)
    guarded(options, (...answer) => {
      const [error, socket] = answer
      if (error !== null) return callback(error, null)
      if (isConnectedToPublic(socket)) return callback(null, socket)
      socket.destroy()
      callback(new EgressRefused(host, notPublic), null)
    })
  }
}

function isConnectedToPublic({ remoteAddress }: Socket): boolean {
  return remoteAddress !== undefined && isPublicAddress(remoteAddress)
}

/** One address that is not public is enough to refuse all: whoever names it has no good reason to. */
function guardedLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, [])
      const addresses = typeof found === 'string' ? [] : found.map(copyOf)
      const [first] = addresses
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address)))
        return callback(new EgressRefused(bareHost(hostname), notPublic), [])
      if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

/** What was checked is what is used. */
function copyOf({ address, family }: LookupAddress): LookupAddress {
  return { address, family }
}
