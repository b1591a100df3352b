import { SwitchboardError } from '../../contract/errors.ts'
import { isLoopback } from '../../http/loopback.ts'
import type { RegistryAddress } from './api.ts'
import { LiveUserServers } from './live-user-servers.ts'

export type { RegistryAddress } from './api.ts'
export type { LiveUserServers } from './live-user-servers.ts'

export interface RegistryClientOptions extends RegistryAddress {
  /**
   * Hosts that users' servers may be at although their addresses are private, or HTTP is plain, as the registry's own
   * `allowHosts`. Default: none.
   */
  allowHosts?: readonly string[]
  /** The registry cannot be reached or refuses; it is asked again. Default: a process warning, once for each reason. */
  onProblem?: (reason: string) => void
}

export interface RegistryClient {
  /**
   * A user's servers, for `switchboard.conversation({ userServers })`. At once; they come when the registry has answered. Close it
   * with the conversation.
   */
  userServers(userId: string | Promise<string>): LiveUserServers
  /** The same, known if the registry answers in time. Default: `timeoutMs` 1,500. Never rejects. */
  loadUserServers(userId: string, options?: { timeoutMs?: number }): Promise<LiveUserServers>
}

const settleWithinMs = 1_500

/** @throws SwitchboardError `wrong_form` for an address that would send the key unencrypted to another machine */
export function createRegistryClient({
  url,
  token,
  allowHosts = [],
  onProblem = warnOnce(),
}: RegistryClientOptions): RegistryClient {
  refuseUnsafe(url)
  const userServers = (userId: string | Promise<string>) =>
    new LiveUserServers({ address: { url, token }, userId, egress: { allowHosts }, onProblem })
  return {
    userServers,
    async loadUserServers(userId, { timeoutMs = settleWithinMs } = {}) {
      const servers = userServers(userId)
      await servers.settled(timeoutMs)
      return servers
    },
  }
}

function refuseUnsafe(url: string): void {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' }
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return
  throw new SwitchboardError(
    'wrong_form',
    `the registry's url "${url}" is not https; over http the key could be read`,
  )
}

function warnOnce(): (reason: string) => void {
  const told = new Set<string>()
  return (reason) => {
    if (told.has(reason)) return
    told.add(reason)
    process.emitWarning(`the registry: ${reason}`, 'SwitchboardWarning')
  }
}
