import type { WorkerStatus } from '../../agent/worker/livekit-worker.ts'

export interface Health {
  ready: boolean
  /** Why not, one sentence each. */
  reasons: string[]
  livekit: { connected: boolean; workerId?: string }
  calls: number
  /** Of the process that is told of; all processes have the same servers. */
  servers: { name: string; state: string; functions: number; reason?: string }[]
}

/** Ready: LiveKit may send a call, and at least one server would take a function call of it. */
export function healthOf({ state, workerId, jobs, processes }: WorkerStatus): Health {
  const usable = processes.find(({ servers }) => servers.some(takesCalls))
  const [told = { servers: [] }] = usable ? [usable] : processes
  const reasons: string[] = []
  if (state !== 'running') reasons.push('The worker is ending and takes no more calls.')
  if (workerId === undefined) reasons.push('The worker is not connected to LiveKit.')
  if (processes.length === 0) reasons.push('No process is prepared for a call yet.')
  else if (!usable) reasons.push('No MCP server is ready.')
  return {
    ready: reasons.length === 0,
    reasons,
    livekit: { connected: workerId !== undefined, ...(workerId === undefined ? {} : { workerId }) },
    calls: jobs,
    servers: told.servers.map(({ name, state: serverState, functions, lastError }) => ({
      ...{ name, state: serverState, functions },
      ...(takesCalls({ state: serverState }) || lastError === undefined ? {} : { reason: lastError }),
    })),
  }
}

function takesCalls({ state }: { state: string }): boolean {
  return state === 'ready' || state === 'degraded'
}
