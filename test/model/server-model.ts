import { type EventFromLogic, type StateValueFrom, setup } from 'xstate'
import type { ServerState } from '../../src/index.ts'
import type { Transport } from '../support/transports.ts'

type ServerModelEvent = {
  type:
    | 'it answers'
    | 'it dies'
    | 'it dies once'
    | 'it hangs'
    | 'it answers no pings during a call'
    | 'it answers pings again'
    | 'it refuses our credentials'
    | 'it breaks for good'
    | 'its caller hangs up'
    | 'its call ends'
    | 'it is restarted'
    | 'it is repaired and restarted'
    | 'it gets new credentials'
    | 'it is removed'
    | 'it is removed during a call'
    | 'it is put back'
    | 'the switchboard stops'
}

/**
 * One server as somebody sees it who cannot look inside: what people and the world do to it, and what is seen once that has
 * settled. A server that is in trouble stays so until it answers, is repaired or is put back: those mend everything.
 */
export function serverMachineSeenFromOutside(transport: Transport) {
  const over = <Event extends object>(one: Transport, event: Event) => (transport === one ? event : {})
  const managed = { 'it is removed': 'removed', 'the switchboard stops': 'stopped' } as const
  return setup({ types: { events: {} as ServerModelEvent } }).createMachine({
    initial: 'connecting',
    states: {
      /** Its process lives, or its host is reached; nobody answers. */
      connecting: {
        on: {
          'it answers': 'ready',
          'it dies': 'refused',
          'it is restarted': 'connecting',
          ...managed,
        },
      },
      ready: {
        on: {
          'it dies': 'refused',
          ...over('stdio', { 'it dies once': 'ready' } as const),
          'it hangs': 'silent',
          'it answers no pings during a call': 'degraded',
          ...over('http', { 'it refuses our credentials': 'unauthorized' } as const),
          'it breaks for good': 'failed',
          'it is restarted': 'ready',
          'it is removed during a call': 'closing',
          ...managed,
        },
      },
      /** Tools answer, pings do not, and a call runs. */
      degraded: {
        on: {
          'it answers pings again': 'ready',
          'it dies': 'refused',
          ...over('http', { 'it refuses our credentials': 'unauthorized' } as const),
          'its caller hangs up': 'silent',
          'it is restarted': 'connecting',
          'it is removed': 'closing',
          'the switchboard stops': 'stopped',
        },
      },
      /** Away: it dies at each start, or nobody listens on its port. */
      refused: {
        on: {
          'it answers': 'ready',
          ...over('http', { 'it refuses our credentials': 'unauthorized' } as const),
          'it breaks for good': 'failed',
          'it is restarted': 'refused',
          ...managed,
        },
      },
      /** Away: it is dialled, and does not answer. */
      silent: {
        on: {
          'it answers': 'ready',
          'it dies': 'refused',
          'it is restarted': 'connecting',
          ...managed,
        },
      },
      unauthorized: {
        on: { 'it gets new credentials': 'ready', 'it is restarted': 'unauthorized', ...managed },
      },
      failed: {
        on: { 'it is repaired and restarted': 'ready', 'it is restarted': 'failed', ...managed },
      },
      /** It is out of the configuration, and finishes a call. */
      closing: {
        on: { 'its call ends': 'removed', 'it is put back': 'ready', 'the switchboard stops': 'stopped' },
      },
      removed: { on: { 'it is put back': 'ready', 'the switchboard stops': 'stopped' } },
      stopped: {},
    },
  })
}

type ServerModelMachine = ReturnType<typeof serverMachineSeenFromOutside>
export type ServerModelState = StateValueFrom<ServerModelMachine>
export type ServerModelEventName = EventFromLogic<ServerModelMachine>['type']

export interface Seen {
  state: ServerState
  /** Whether its function is offered: with a server that would take a call, without one (once it was listed), or not. */
  offer: 'callable' | 'away' | 'none'
  /** What a call of an unsafe function gets now, and how often it ran. */
  call: { ends: string; ran: 0 | 1 }
}

const answer = { ends: 'ok', ran: 1 } as const
const refusal = (code: string) => ({ ends: `${code}, none`, ran: 0 }) as const

export const seenIn: Record<ServerModelState, Seen> = {
  connecting: { state: 'connecting', offer: 'away', call: refusal('server_unavailable') },
  ready: { state: 'ready', offer: 'callable', call: answer },
  degraded: { state: 'degraded', offer: 'callable', call: answer },
  refused: { state: 'reconnecting', offer: 'away', call: refusal('server_unavailable') },
  silent: { state: 'reconnecting', offer: 'away', call: refusal('server_unavailable') },
  unauthorized: { state: 'unauthorized', offer: 'away', call: refusal('unauthorized') },
  failed: { state: 'failed', offer: 'none', call: refusal('server_failed') },
  closing: { state: 'closing', offer: 'none', call: refusal('unknown_function') },
  removed: { state: 'closed', offer: 'none', call: refusal('unknown_function') },
  stopped: { state: 'closed', offer: 'none', call: refusal('server_unavailable') },
}
