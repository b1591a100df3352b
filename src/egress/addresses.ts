import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { EgressPolicy } from './policy.ts'

/** Names that mean this machine or its own network wherever they are asked for (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal). */
const ownNames = ['localhost', 'localdomain', 'local', 'internal', 'home.arpa']
/** All that IANA gives out of IPv6 as global unicast; outside of it are such things as `::127.0.0.1`. */
const globalUnicast: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]

/** `host` of a URL, as names and addresses are compared: no brackets, no dot at the end. */
export function bareHost(hostname: string): string {
  return hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase()
}

export function isAddress(host: string): boolean {
  return isIP(host) !== 0
}

/** Whether an address is one of the public internet's. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast)
}

export function isOwnName(host: string): boolean {
  return ownNames.some((name) => host === name || host.endsWith(`.${name}`))
}

/** Whether the operator has named it. */
export function isAllowedHost(policy: EgressPolicy, hostname: string, port: number): boolean {
  const host = bareHost(hostname)
  return policy.allowHosts.some((allowed) => {
    const [, name = '', ownPort] = /^(.*?)(?::(\d+))?$/.exec(splittable(allowed)) ?? []
    return bareHost(name) === host && (ownPort === undefined || Number(ownPort) === port)
  })
}

/** An IPv6 address without brackets has no port. */
function splittable(allowed: string): string {
  return isIP(allowed) === 6 ? `[${allowed}]` : allowed
}
