import {
  cancelCall,
  cancelRemaining,
  extendCall,
  noteSent,
  passCallOn,
  refuseCall,
  relayEnd,
  relayProgress,
  relaySent,
  reviewSilence,
  startCall,
  stopCountingSilence,
} from './server-calls.ts'
import { initialContext } from './server-context.ts'
import { relayAnswer, relayQuestion, withdrawQuestion } from './server-questions.ts'
import { cancelRead, relayRead, startRead } from './server-reads.ts'
import {
  check,
  dial,
  dropBrokenConnection,
  forget,
  leaveConnection,
  scheduleHeartbeat,
  serverSetup,
  watchStability,
} from './server-setup.ts'

/** While a connection is being made; the same the first time and later. */
const dialling = {
  'connection.connected': { guard: 'isCurrent', actions: 'rememberProcess' },
  'connection.tools': { guard: 'isCurrent', target: '#server.ready', actions: 'rememberTools' },
  'connection.unauthorized': { guard: 'isCurrent', target: '#server.unauthorized' },
  'connection.question': { guard: 'isCurrent', actions: relayQuestion },
  'connection.garbled': { guard: 'isCurrent', actions: 'noticeNoise' },
} as const

/** Of a connection that was in use or being made. */
const lost = (target: 'reconnecting' | 'waiting') =>
  [{ guard: 'isStale' }, { guard: 'isPermanent', target: '#server.failed' }, { target }] as const

const callsOnly = {
  'call.extend': { actions: extendCall },
  'connection.call.sent': { guard: 'isCurrent', actions: [noteSent, relaySent] },
  'connection.call.progress': { guard: 'isCurrent', actions: relayProgress },
  'connection.question': { guard: 'isCurrent', actions: relayQuestion },
  'connection.question.withdrawn': { guard: 'isCurrent', actions: withdrawQuestion },
} as const

const callsAndHeartbeats = {
  ...callsOnly,
  'call.start': [{ guard: 'isCurrent', actions: [startCall, passCallOn] }, { actions: refuseCall }],
  'connection.call.late': { guard: 'isCurrent', actions: 'noticeBlindness' },
  'connection.heard': { guard: 'isCurrent', actions: 'hear' },
  'connection.suspect': { guard: 'isCurrent', actions: check },
  'connection.tools': { guard: 'isCurrent', actions: ['rememberTools', 'publish'] },
  'connection.unauthorized': { guard: 'isCurrent', target: 'unauthorized' },
  'heartbeat.due': { actions: check },
  'silence.due': { actions: reviewSilence },
  'stable.due': { actions: 'resetBackOff' },
} as const

/**
 * One MCP server, one connection at a time.
 *
 * Dropped: events of older generations. Retried: connections, for ever, after `backOffMs`. Never retried: calls (the call
 * actor decides that), and reads, which end with their connection. Reset: the back-off, once a connection lasted
 * `stableAfterMs`. Told: the supervisor of each change and what the server logs, each caller and reader of exactly one end, and
 * callers of their own questions; a question that may be another caller's is cancelled. Let finish: calls of a server that is
 * retired, for `drainTimeoutMs`. Cleaned up: every connection is told to close and forgotten when it says that it is.
 */
export const serverMachine = serverSetup.createMachine({
  id: 'server',
  context: ({ input }) => initialContext(input),
  initial: 'connecting',
  on: {
    'connection.closed': { actions: forget },
    'connection.logged': { guard: 'isCurrent', actions: 'relayLog' },
    'call.start': { actions: refuseCall },
    'call.cancel': { actions: cancelCall },
    'call.answer': { actions: relayAnswer },
    'read.start': { actions: startRead },
    'read.cancel': { actions: cancelRead },
    'connection.read.ended': { actions: relayRead },
    restart: { target: '.connecting', actions: 'resetBackOff' },
    'credentials.renewed': { actions: 'noticeRenewal' },
    retire: { target: '.draining' },
    close: { target: '.closing' },
    'xstate.error.actor.*': [
      { guard: 'isBroken', target: '.reconnecting', actions: dropBrokenConnection },
      { actions: dropBrokenConnection },
    ],
  },
  states: {
    connecting: {
      entry: [
        { type: 'enter', params: { state: 'connecting' } },
        'publish',
        leaveConnection,
        dial,
        'publish',
      ],
      always: { guard: 'isUnusable', target: 'failed' },
      after: { connectTimeout: { target: 'reconnecting' } },
      on: {
        ...dialling,
        'connection.lost': lost('reconnecting'),
      },
    },
    ready: {
      entry: [{ type: 'enter', params: { state: 'ready' } }, 'publish', scheduleHeartbeat, watchStability],
      on: {
        ...callsAndHeartbeats,
        'call.start': [
          { guard: 'needsSoonerHeartbeat', actions: [startCall, passCallOn, scheduleHeartbeat] },
          ...callsAndHeartbeats['call.start'],
        ],
        'call.cancel': [
          { guard: 'isTimedOut', target: 'degraded', actions: cancelCall },
          { actions: cancelCall },
        ],
        'connection.call.ended': { guard: 'isCurrent', actions: relayEnd },
        'connection.stream.lost': { guard: 'isCurrent', target: 'degraded', actions: 'loseStream' },
        'connection.garbled': { guard: 'mayHaveLostAnswer', target: 'degraded' },
        'connection.checked': [
          { guard: 'isStale' },
          { guard: 'isGood', actions: ['countGood', scheduleHeartbeat, stopCountingSilence] },
          { guard: 'isWorthDegrading', target: 'degraded', actions: ['countMissed', reviewSilence] },
          { actions: ['countMissed', reviewSilence, scheduleHeartbeat] },
        ],
        'connection.lost': lost('reconnecting'),
      },
    },
    degraded: {
      entry: [{ type: 'enter', params: { state: 'degraded' } }, 'distrust', 'publish', scheduleHeartbeat],
      always: { guard: 'isIdleWithoutStream', target: 'reconnecting' },
      on: {
        ...callsAndHeartbeats,
        'connection.call.ended': { guard: 'isCurrent', actions: relayEnd },
        'connection.stream.lost': { guard: 'isCurrent', actions: 'loseStream' },
        'connection.checked': [
          { guard: 'isStale' },
          { guard: 'isTrustedAgain', target: 'ready' },
          { guard: 'isGood', actions: ['countGood', scheduleHeartbeat, stopCountingSilence] },
          { guard: 'isGivenUp', target: 'reconnecting' },
          { actions: ['countMissed', reviewSilence, scheduleHeartbeat] },
        ],
        'connection.lost': lost('reconnecting'),
      },
    },
    reconnecting: {
      initial: 'waiting',
      states: {
        waiting: {
          entry: [
            { type: 'enter', params: { state: 'reconnecting' } },
            'planNextAttempt',
            'publish',
            leaveConnection,
          ],
          after: { backOff: { target: 'dialling' } },
        },
        dialling: {
          entry: [dial, 'publish'],
          after: { connectTimeout: { target: 'waiting' } },
          on: {
            ...dialling,
            'connection.lost': lost('waiting'),
          },
        },
      },
    },
    unauthorized: {
      entry: [{ type: 'enter', params: { state: 'unauthorized' } }, 'publish', leaveConnection],
      always: { guard: 'isRenewedMeanwhile', target: 'connecting' },
      on: { 'credentials.renewed': { target: 'connecting', actions: 'resetBackOff' } },
    },
    failed: {
      entry: [{ type: 'enter', params: { state: 'failed' } }, 'publish', leaveConnection],
    },
    draining: {
      entry: [{ type: 'enter', params: { state: 'closing' } }, 'publish'],
      always: { guard: 'isIdle', target: 'closing' },
      after: { drain: { target: 'closing', actions: cancelRemaining } },
      on: {
        ...callsOnly,
        'connection.call.ended': { guard: 'isCurrent', actions: relayEnd },
        'connection.lost': [{ guard: 'isStale' }, { target: 'closing' }],
        'connection.unauthorized': { guard: 'isCurrent', target: 'closing' },
        'xstate.error.actor.*': { target: 'closing', actions: dropBrokenConnection },
        restart: {},
        retire: {},
      },
    },
    closing: {
      entry: [{ type: 'enter', params: { state: 'closing' } }, 'publish', leaveConnection],
      always: { guard: 'isGone', target: 'closed' },
      on: { restart: {}, retire: {}, close: {}, 'xstate.error.actor.*': { actions: dropBrokenConnection } },
    },
    closed: {
      type: 'final',
      entry: [{ type: 'enter', params: { state: 'closed' } }, 'publish'],
    },
  },
})
