import type { ServerState } from '../../src/index.ts'
import type { Order } from '../support/test-server.ts'
import { type Transport, transports } from '../support/transports.ts'
import type { Subject } from './subject.ts'

/** A fault of a server that nobody calls. It is ready again once the fault is lifted, still without a call. */
export interface RestFault {
  fault: string
  over: readonly Transport[]
  flags?: string[]
  orders?: Order[]
  strike?: (subject: Subject) => Promise<void> | void
  /** What the server goes through from ready until it is ready again. */
  states: ServerState[]
  /** It comes and goes until the fault is lifted. */
  flaps?: true
  lifted?: 'restart'
}

const both = transports
const stdio = ['stdio'] as const
const http = ['http'] as const

const isReplaced: ServerState[] = ['ready', 'reconnecting', 'ready']
const isGivenUp: ServerState[] = ['ready', 'degraded', 'reconnecting', 'ready']

export const restFaults: readonly RestFault[] = [
  {
    fault: 'its process is killed',
    over: both,
    strike: (subject) => subject.signal('SIGKILL'),
    states: isReplaced,
  },
  {
    fault: 'its process is stopped (SIGSTOP)',
    over: both,
    strike: (subject) => subject.signal('SIGSTOP'),
    states: isGivenUp,
  },
  {
    fault: 'it answers no pings',
    over: both,
    orders: [{ at: 'ping', ending: 'nothing' }],
    states: isGivenUp,
    flaps: true,
  },
  {
    fault: 'it dies soon after each connection',
    over: stdio,
    orders: [{ at: 'ping', ending: 'die' }],
    states: isReplaced,
    flaps: true,
  },
  {
    fault: 'it closes its output and lives',
    over: stdio,
    orders: [{ at: 'signal', ending: 'close' }],
    strike: (subject) => subject.obeySignal(),
    states: isReplaced,
  },
  {
    fault: 'it writes lines that are no JSON',
    over: stdio,
    orders: [{ at: 'signal', write: 'still alive\n', ending: 'nothing' }],
    strike: (subject) => subject.obeySignal(),
    states: ['ready'],
  },
  {
    fault: 'its stream of events is cut',
    over: http,
    strike: (subject) => subject.control('drop-events'),
    states: ['ready'],
  },
  {
    fault: 'its stream of events is cut, and answers HTTP 503 from then on',
    over: http,
    orders: [{ at: 'GET', status: 503 }],
    strike: (subject) => subject.control('drop-events'),
    states: isGivenUp,
  },
  {
    fault: 'it has forgotten our session (HTTP 404)',
    over: http,
    strike: (subject) => subject.control('forget-sessions'),
    states: isReplaced,
  },
  {
    fault: 'it has forgotten our session (HTTP 400)',
    over: http,
    flags: ['--lost-session', '400'],
    strike: (subject) => subject.control('forget-sessions'),
    states: isReplaced,
  },
  {
    fault: 'it answers pings with HTTP 503',
    over: http,
    orders: [{ at: 'ping', status: 503 }],
    states: isGivenUp,
    flaps: true,
  },
  {
    fault: 'it answers pings with HTTP 401',
    over: http,
    orders: [{ at: 'ping', status: 401 }],
    states: ['ready', 'unauthorized', 'connecting', 'ready'],
    lifted: 'restart',
  },
]
