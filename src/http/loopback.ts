import { isIP } from 'node:net'

/** Whether a host, as it stands in a URL or without brackets, is this very machine: nobody else can read what goes there. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}
