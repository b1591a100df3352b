import type { ServerState } from '../../src/index.ts'
import type { Order } from '../support/test-server.ts'
import { type Era, type Transport, transports } from '../support/transports.ts'
import type { InEras } from './cases.ts'
import { checkOf } from './during-call/fault.ts'
import type { Subject } from './subject.ts'

/** A fault of a server that nobody calls. It is ready again once the fault is lifted, still without a call. */
export interface RestFault extends InEras<RestFault> {
  fault: string
  over: readonly Transport[]
  flags?: string[]
  orders?: (era: Era) => Order[]
  strike?: (subject: Subject) => Promise<void> | void
  /** What the server goes through from ready until it is ready again. */
  states: ServerState[]
  /** It comes and goes until the fault is lifted. */
  flaps?: boolean
  lifted?: 'restart'
}

const both = transports
const stdio = ['stdio'] as const
const http = ['http'] as const

const isReplaced: ServerState[] = ['ready', 'reconnecting', 'ready']
const isGivenUp: ServerState[] = ['ready', 'degraded', 'reconnecting', 'ready']

const noSessions = { era: 'legacy', because: 'no sessions' } as const

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
    orders: (era) => [{ at: checkOf(era), ending: 'nothing' }],
    states: isGivenUp,
    flaps: true,
    // Whoever is not there for a check cannot be connected to either.
    modern: { flaps: false },
  },
  {
    fault: 'it dies soon after each connection',
    over: stdio,
    orders: () => [{ at: 'ping', ending: 'die' }],
    states: isReplaced,
    flaps: true,
    modern: {
      orders: () => [{ at: 'subscriptions/listen', ending: 'die' }],
      strike: (subject) => subject.signal('SIGKILL'),
    },
  },
  {
    fault: 'it closes its output and lives',
    over: stdio,
    orders: () => [{ at: 'signal', ending: 'close' }],
    strike: (subject) => subject.obeySignal(),
    states: isReplaced,
  },
  {
    fault: 'it writes lines that are no JSON',
    over: stdio,
    orders: () => [{ at: 'signal', write: 'still alive\n', ending: 'nothing' }],
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
    orders: () => [{ at: 'GET', status: 503 }],
    strike: (subject) => subject.control('drop-events'),
    states: isGivenUp,
    modern: { orders: () => [{ at: 'subscriptions/listen', status: 503 }] },
  },
  {
    fault: 'its stream of events ends in good order',
    over: both,
    only: { era: 'modern', because: '' },
    orders: () => [{ at: 'signal', ending: 'end events' }],
    strike: (subject) => (subject.over === 'http' ? subject.control('end-events') : subject.obeySignal()),
    states: ['ready'],
  },
  {
    fault: 'its process is replaced by one that speaks only the other era',
    over: both,
    strike: (subject) => {
      subject.server.speak(subject.era === 'legacy' ? 'modern' : 'legacy')
      subject.signal('SIGKILL')
    },
    states: isReplaced,
  },
  {
    fault: 'it has forgotten our session (HTTP 404)',
    over: http,
    only: noSessions,
    strike: (subject) => subject.control('forget-sessions'),
    states: isReplaced,
  },
  {
    fault: 'it has forgotten our session (HTTP 400)',
    over: http,
    only: noSessions,
    flags: ['--lost-session', '400'],
    strike: (subject) => subject.control('forget-sessions'),
    states: isReplaced,
  },
  {
    fault: 'it answers pings with HTTP 503',
    over: http,
    orders: (era) => [{ at: checkOf(era), status: 503 }],
    states: isGivenUp,
    flaps: true,
    // Whoever is not there for a check cannot be connected to either.
    modern: { flaps: false },
  },
  {
    fault: 'it answers pings with HTTP 401',
    over: http,
    orders: (era) => [{ at: checkOf(era), status: 401 }],
    states: ['ready', 'unauthorized', 'connecting', 'ready'],
    lifted: 'restart',
  },
]
