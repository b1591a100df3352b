import type { WorkerSwitchboard } from '../agent/worker/options.ts'
import { listed } from './listed.ts'
import type { StatusLine } from './status-line.ts'

export interface Awaiting {
  signal: AbortSignal
  status: StatusLine
  /** At most this long. */
  timeoutMs: number
  /** Looked at with each change. Default: never, so that all servers are waited for. */
  isEnough?: () => boolean
}

/** Until each server has listed its tools or failed once, it is enough, the time is up, or `signal` aborts. */
export async function untilListed(
  switchboard: Pick<WorkerSwitchboard, 'servers' | 'subscribe' | 'settled'>,
  { signal, status, timeoutMs, isEnough = () => false }: Awaiting,
): Promise<void> {
  const enough = new AbortController()
  const look = () => {
    const { servers } = switchboard
    const waiting = servers.filter(({ state }) => state === 'connecting').map(({ name }) => name)
    if (isEnough()) enough.abort()
    else if (waiting.length > 0) status.show(awaited(waiting, servers.length, timeoutMs))
  }
  const off = switchboard.subscribe(({ type }) => {
    if (type === 'server.changed' || type === 'functions.changed') look()
  })
  look()
  await Promise.race([
    switchboard.settled({ timeoutMs }),
    new Promise((resolve) => {
      for (const one of [signal, enough.signal]) {
        if (one.aborted) resolve(undefined)
        one.addEventListener('abort', resolve)
      }
    }),
  ])
  off()
  status.end()
}

const maxNamesCharacters = 18

/** Which servers are awaited, of how many, and for how long at most. */
export function awaited(names: readonly string[], total: number, limitMs: number): string {
  const done = total - names.length
  return `waiting for ${listed(names, maxNamesCharacters)} (${done} of ${total} done; up to ${limitMs / 1_000} s)`
}
