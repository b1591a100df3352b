import type { ServerStatus } from '../../contract/protocol.ts'
import type { Switchboard } from '../../switchboard.ts'
import type { StatusLine } from '../status-line.ts'
import { awaited } from '../until-listed.ts'

export interface Found {
  status: ServerStatus
  /** From its first dial until its tools were listed. */
  startUpMs?: number
}

/** Starts the servers; resolves once each of `names` has answered a ping or failed, or `signal` aborts. */
export function examine(
  switchboard: Switchboard,
  names: readonly string[],
  limitMs: number,
  signal: AbortSignal,
  status: StatusLine,
): Promise<Map<string, Found>> {
  const found = new Map<string, Found>()
  const dialledAt = new Map<string, number>()
  const startUps = new Map<string, number>()
  return new Promise((resolve) => {
    const tell = () => {
      const waiting = names.filter((name) => !found.has(name))
      if (waiting.length > 0) status.show(awaited(waiting, names.length, limitMs))
    }
    const off = switchboard.subscribe((event) => {
      if (event.type !== 'server.changed') return
      const { server } = event
      const { name, state, since } = server
      if (state === 'connecting' && !dialledAt.has(name)) dialledAt.set(name, since)
      if (state === 'ready' && !startUps.has(name)) startUps.set(name, since - (dialledAt.get(name) ?? since))
      // The first failure is the finding, also if it comes after a good start; what a retry meets is not.
      const earlier = found.get(name)
      if (!isExamined(server) || (earlier && earlier.status.state !== 'ready')) return
      const startUpMs = startUps.get(name)
      found.set(name, { status: server, ...(startUpMs === undefined ? {} : { startUpMs }) })
      if (!earlier) tell()
      if (found.size === names.length) end()
    })
    const end = () => {
      off()
      signal.removeEventListener('abort', end)
      status.end()
      // Names are given anew until all have listed: only now are they what the model will see.
      for (const { name, functions, rejected } of switchboard.servers) {
        const one = found.get(name)
        if (one) one.status = { ...one.status, functions, rejected }
      }
      resolve(found)
    }
    signal.addEventListener('abort', end)
    tell()
    switchboard.start()
    if (names.length === 0) end()
  })
}

function isExamined({ state, pingMs }: ServerStatus): boolean {
  return state === 'ready' ? pingMs !== undefined : state !== 'connecting'
}
