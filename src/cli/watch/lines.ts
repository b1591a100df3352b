import type { Effect, ErrorCode, ServerState, SwitchboardEvent } from '../../contract/protocol.ts'
import { oneLine } from '../../text/text.ts'
import { reasonOf } from '../server-state.ts'

interface CallFacts {
  at: number
  callId: string
  function: string
}

/** What is told of one change. Neither arguments nor answers: callers' words are in them. */
export type Change =
  | {
      type: 'server.changed'
      at: number
      server: string
      state: ServerState
      previous?: ServerState
      /** Of one that is ready. */
      functions?: string[]
      reason?: string
    }
  | { type: 'configuration.changed'; at: number; warnings: string[] }
  | { type: 'configuration.rejected'; at: number; reason: string }
  | { type: 'tool.changed'; at: number; server: string; tool: string }
  | ({ type: 'call.started' } & CallFacts)
  | ({ type: 'call.sent'; server: string } & CallFacts)
  | ({
      type: 'call.ended'
      server?: string
      code: ErrorCode | 'ok'
      effect?: Effect
      durationMs: number
    } & CallFacts)

/** Makes changes of events, and nothing of what is none to somebody who watches, such as one more ping. */
export class Changes {
  readonly #states = new Map<string, ServerState>()

  of(event: SwitchboardEvent): Change | undefined {
    const { at } = event
    switch (event.type) {
      case 'server.changed':
        return this.#ofServer(event)
      case 'configuration.changed':
        return { type: event.type, at, warnings: event.warnings }
      case 'configuration.rejected':
        return { type: event.type, at, reason: event.reason }
      case 'tool.changed':
        return { type: event.type, at, server: event.server, tool: event.tool }
      case 'call.started':
        return { type: event.type, at, callId: event.callId, function: event.function }
      case 'call.sent':
        return { type: event.type, at, callId: event.callId, function: event.function, server: event.server }
      case 'call.ended': {
        const { callId, outcome } = event
        const { server, durationMs } = outcome
        return {
          ...{ type: event.type, at, callId, function: event.function, durationMs },
          ...(server === undefined ? {} : { server }),
          ...(outcome.ok ? { code: 'ok' } : { code: outcome.error.code, effect: outcome.error.effect }),
        }
      }
      default:
        return undefined
    }
  }

  #ofServer({ type, at, server }: SwitchboardEvent & { type: 'server.changed' }): Change | undefined {
    const { name, state, functions } = server
    const reason = reasonOf(server)
    const previous = this.#states.get(name)
    if (previous === state) return undefined
    if (state === 'closed') this.#states.delete(name)
    else this.#states.set(name, state)
    return {
      ...{ type, at, server: name, state },
      ...(previous === undefined ? {} : { previous }),
      ...(state === 'ready' ? { functions } : {}),
      ...(reason === undefined ? {} : { reason }),
    }
  }
}

/** With the time of day. */
export function lineOf(change: Change): string {
  return `${new Date(change.at).toTimeString().slice(0, 8)}  ${oneLine(wordsOf(change))}`
}

function wordsOf(change: Change): string {
  switch (change.type) {
    case 'server.changed': {
      const { server, state, previous, functions, reason } = change
      const details = functions === undefined ? reason : functions.join(', ') || 'no function'
      const from = previous === undefined ? '' : `${previous} → `
      return `${server}: ${from}${state}${details === undefined ? '' : `, ${details}`}`
    }
    case 'configuration.changed':
      return ['the configuration was read again', ...change.warnings].join('; ')
    case 'configuration.rejected':
      return `the configuration is not read again: ${change.reason}`
    case 'tool.changed':
      return `${change.server}: the definition of ${change.tool} is another than before`
    case 'call.started':
      return `${change.function} begins`
    case 'call.sent':
      return `${change.function} is at ${change.server}`
    case 'call.ended': {
      const { code, effect, durationMs, server } = change
      const at = server === undefined ? '' : ` at ${server}`
      const end = code === 'ok' ? 'is answered' : `failed (${code}, effect ${effect})`
      return `${change.function} ${end}${at}, ${durationMs} ms`
    }
  }
}
