import type { Effect, ErrorCode, SwitchboardEvent } from '../../contract/protocol.ts'

export interface RunningCall {
  function: string
  server?: string
  startedAt: number
}

export interface EndedCall {
  function: string
  server?: string
  code: ErrorCode | 'ok'
  effect: Effect
  endedAt: number
  durationMs: number
}

interface Counts {
  ended: number
  failed: number
}

const maxEndedCalls = 50

/** What has become of the calls since it began, and of the configuration. Holds no arguments and no answers. */
export class WatchModel {
  readonly running = new Map<string, RunningCall>()
  /** The newest first. */
  readonly ended: EndedCall[] = []
  /** Why the file that was read again is not used. */
  problem: string | undefined
  readonly #counts = new Map<string, Counts>()

  countsOf(server: string): Counts {
    return this.#counts.get(server) ?? { ended: 0, failed: 0 }
  }

  take(event: SwitchboardEvent): void {
    if (event.type === 'configuration.changed') this.problem = undefined
    if (event.type === 'configuration.rejected') this.problem = event.reason
    if (event.type === 'call.started') {
      this.running.set(event.callId, { function: event.function, startedAt: event.at })
    } else if (event.type === 'call.sent') {
      const call = this.running.get(event.callId)
      if (call) call.server = event.server
    } else if (event.type === 'call.ended') {
      this.#end(event)
    }
  }

  #end({ callId, function: name, outcome, at }: SwitchboardEvent & { type: 'call.ended' }): void {
    this.running.delete(callId)
    const { server, durationMs } = outcome
    this.ended.unshift({
      ...{ function: name, endedAt: at, durationMs },
      ...(server === undefined ? {} : { server }),
      ...(outcome.ok
        ? { code: 'ok', effect: 'done' }
        : { code: outcome.error.code, effect: outcome.error.effect }),
    })
    this.ended.splice(maxEndedCalls)
    if (server === undefined) return
    const { ended, failed } = this.countsOf(server)
    this.#counts.set(server, { ended: ended + 1, failed: failed + (outcome.ok ? 0 : 1) })
  }
}
