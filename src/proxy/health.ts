import type { Switchboard } from '../switchboard.ts'

export interface HealthAnswer {
  status: 200 | 503
  body: object
}

/**
 * For probes, which have no token: `/livez` answers whatever the servers do, `/readyz` says whether one of them takes calls.
 * Neither names a server. Undefined for every other path.
 */
export function healthAt(
  path: string | undefined,
  { servers }: Pick<Switchboard, 'servers'>,
  isEnding: boolean,
): HealthAnswer | undefined {
  if (path === '/livez') return { status: 200, body: { alive: true } }
  if (path !== '/readyz') return undefined
  const reasons: string[] = []
  if (isEnding) reasons.push('The proxy is ending.')
  if (!servers.some(({ state }) => state === 'ready' || state === 'degraded')) {
    reasons.push('No MCP server is ready.')
  }
  const ready = reasons.length === 0
  return { status: ready ? 200 : 503, body: { ready, reasons } }
}
