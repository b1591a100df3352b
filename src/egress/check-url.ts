import { bareHost, isAddress, isAllowedHost, isOwnName, isPublicAddress } from './addresses.ts'
import type { EgressPolicy } from './policy.ts'

/** Of a URL without one. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' ? 443 : 80
}

/**
 * Why a URL may not be asked, to follow "it"; undefined where it may. Looks up nothing: at what address a name is, is seen when it is
 * asked. Every spelling of an address is known here, for WHATWG URL normalises them.
 */
export function checkUrl(url: URL, policy: EgressPolicy): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is no web address'
  if (url.username !== '' || url.password !== '') return 'has a user name or a password in it'
  const host = bareHost(url.hostname)
  if (host === '') return 'names no host'
  if (isAllowedHost(policy, host, portOf(url))) return undefined
  if (url.protocol === 'http:') return 'is not https'
  if (isAddress(host)) return isPublicAddress(host) ? undefined : 'is not at a public address'
  return isOwnName(host) ? 'names a host of a private network' : undefined
}
