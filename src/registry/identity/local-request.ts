import type { IncomingMessage } from 'node:http'
import { isLoopback } from '../../http/loopback.ts'

const signsOfProxies = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

/**
 * Whether a request was made on this machine, at a name of it (another one has been rebound by DNS), and not by a page of
 * somebody else.
 */
export function isLocalRequest({ socket, headers }: IncomingMessage): boolean {
  const { host, origin } = headers
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  if (!isLoopback(address) || host === undefined) return false
  // Whoever forwards requests from elsewhere says so, if it is told to.
  if (signsOfProxies.some((name) => headers[name] !== undefined)) return false
  const named = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined
  if (named === undefined || !isLoopback(named.hostname)) return false
  return origin === undefined || origin === named.origin
}
