import { assign, enqueueActions, fromCallback, setup } from 'xstate'
import type { ConnectionCommand, ConnectionInput } from '../contract/connection.ts'
import type { ServerState } from '../contract/protocol.ts'
import { backOffMs } from './back-off.ts'
import { isCallable, isOnTheWay } from './directory.ts'
import {
  connectionId,
  endCalls,
  endReads,
  reportOf,
  type ServerContext,
  type ServerEvent,
  type ServerInput,
  silentCalls,
} from './server-context.ts'

const degradedHeartbeatMs = 1_000
const goodHeartbeatsToTrust = 2
const missedHeartbeatsToDegradeDuringCalls = 2
const missedHeartbeatsToReconnect = 3

function connectTimeoutMs({ entry, host }: ServerContext): number {
  return entry.definition?.options.connectTimeoutMs ?? host.policy.connectTimeoutMs
}

export const serverSetup = setup({
  types: {
    context: {} as ServerContext,
    input: {} as ServerInput,
    events: {} as ServerEvent,
  },
  actors: {
    connection: fromCallback<ConnectionCommand, ConnectionInput>(() => {
      throw new Error('no connection actor; provide one: serverMachine.provide({ actors: { connection } })')
    }),
  },
  delays: {
    connectTimeout: ({ context }) => connectTimeoutMs(context),
    backOff: ({ context }) => Math.max(0, (context.nextAttemptAt ?? 0) - context.host.now()),
    nextHeartbeat: ({ context: { heartbeats, host } }) => Math.max(0, heartbeats.dueAt - host.now()),
    untilSilent: ({ context }) => silentCalls(context).nextInMs ?? context.host.policy.unresponsiveAfterMs,
    stable: ({ context }) => context.host.policy.stableAfterMs,
    drain: ({ context }) => context.host.policy.drainTimeoutMs,
  },
  guards: {
    isUnusable: ({ context }) => context.entry.definition === undefined,
    isCurrent: ({ context, event }) => 'generation' in event && event.generation === context.generation,
    isStale: ({ context, event }) => 'generation' in event && event.generation !== context.generation,
    /** The next heartbeat would come later than one during calls. */
    needsSoonerHeartbeat: ({ context: { heartbeats, host, generation }, event }) =>
      'generation' in event &&
      event.generation === generation &&
      heartbeats.dueAt - host.now() > host.policy.heartbeatDuringCallsMs,
    /** The present connection threw, while the server was in use or on its way. */
    isBroken: ({ context, event }) =>
      'actorId' in event &&
      event.actorId === connectionId(context.generation) &&
      (isCallable(context.state) || isOnTheWay(context.state)),
    isPermanent: ({ event }) => event.type === 'connection.lost' && event.permanent,
    mayHaveLostAnswer: ({ context, event }) =>
      event.type === 'connection.garbled' &&
      event.generation === context.generation &&
      context.calls.size > 0,
    isGood: ({ event }) => event.type === 'connection.checked' && event.ok,
    isTrustedAgain: ({ context, event }) =>
      event.type === 'connection.checked' &&
      event.ok &&
      context.heartbeats.good + 1 >= goodHeartbeatsToTrust &&
      !context.streamLost,
    isWorthDegrading: ({ context }) =>
      context.calls.size === 0 || context.heartbeats.missed + 1 >= missedHeartbeatsToDegradeDuringCalls,
    isGivenUp: ({ context }) =>
      context.heartbeats.missed + 1 >= missedHeartbeatsToReconnect &&
      context.calls.size === 0 &&
      context.host.now() >= context.busyUntil,
    isTimedOut: ({ context, event }) =>
      event.type === 'call.cancel' && event.reason === 'timed_out' && context.calls.has(event.callId),
    isIdleWithoutStream: ({ context }) => context.calls.size === 0 && context.streamLost,
    isIdle: ({ context }) => context.calls.size === 0,
    isGone: ({ context }) => context.open.size === 0,
    isRenewedMeanwhile: ({ context }) => context.renewedAt === context.generation,
  },
  actions: {
    enter: assign(({ context, event }, { state }: { state: ServerState }) => {
      const reason = reasonOf(context, event)
      return {
        state,
        since: state === context.state ? context.since : context.host.now(),
        known: {
          ...context.known,
          pid: isCallable(state) || state === 'closing' ? context.known.pid : undefined,
          signInUrl: event.type === 'connection.unauthorized' ? event.signInUrl : undefined,
          // What was written belongs to the reason that it came with.
          ...(reason === undefined ? {} : { lastError: reason, stderr: stderrOf(event) }),
        },
      }
    }),
    publish: ({ context }) =>
      context.host.supervisor.send({ type: 'server.changed', report: reportOf(context) }),
    relayLog: ({ context, event }) => {
      if (event.type !== 'connection.logged') return
      const { type: _, generation: __, ...message } = event
      context.host.supervisor.send({ type: 'server.logged', name: context.entry.name, message })
    },
    endCalls: ({ context, event }) => {
      const ends = 'ends' in event ? event.ends : []
      const reason = reasonOf(context, event) ?? 'closed'
      endCalls(context, ends, reason)
      endReads(context, reason)
    },
    rememberTools: assign(({ context: { known }, event }) => {
      if (event.type !== 'connection.tools') return {}
      const { tools, rejected } = event
      return { known: { ...known, tools, rejected, listed: true, lastError: undefined, stderr: undefined } }
    }),
    rememberProcess: assign(({ context: { known }, event }) => {
      if (event.type !== 'connection.connected') return {}
      const { pid, peer, instructions } = event
      return { known: { ...known, pid, peer, instructions, pingMs: undefined } }
    }),
    planNextAttempt: assign(({ context, event }) => {
      const waitMs = backOffMs(
        context.attempt,
        context.host.policy,
        context.host.random(),
        context.host.othersAway(),
      )
      const askedMs = event.type === 'connection.lost' ? (event.retryAfterMs ?? 0) : 0
      return { nextAttemptAt: context.host.now() + Math.max(waitMs, askedMs), attempt: context.attempt + 1 }
    }),
    resetBackOff: assign({ attempt: 0 }),
    noticeRenewal: assign(({ context }) => ({ renewedAt: context.generation })),
    countGood: enqueueActions(({ context, event, enqueue }) => {
      const { heartbeats, known } = context
      enqueue.assign({ heartbeats: { ...heartbeats, missed: 0, good: heartbeats.good + 1 } })
      // The first alone: nobody is to hear of each heartbeat.
      if (known.pingMs !== undefined || event.type !== 'connection.checked') return
      enqueue.assign({ known: { ...known, pingMs: event.latencyMs } })
      enqueue(({ context }) => {
        context.host.supervisor.send({ type: 'server.changed', report: reportOf(context) })
      })
    }),
    countMissed: assign(({ context: { heartbeats }, event }) => {
      const { lastByteAt } = event.type === 'connection.checked' ? event : heartbeats
      return { heartbeats: { ...heartbeats, missed: heartbeats.missed + 1, good: 0, lastByteAt } }
    }),
    hear: assign(({ context: { heartbeats }, event }) => ({
      heartbeats: event.type === 'connection.heard' ? { ...heartbeats, lastByteAt: event.at } : heartbeats,
    })),
    /** Trust begins anew with the next heartbeat. */
    distrust: assign(({ context: { heartbeats } }) => ({ heartbeats: { ...heartbeats, good: 0 } })),
    loseStream: assign({ streamLost: true }),
    noticeNoise: assign(({ context, event }) => ({
      noise: event.type === 'connection.garbled' ? event.reason : context.noise,
    })),
    noticeBlindness: assign({ blindWhileBusy: true }),
  },
})

/** Why an event leads away from a working connection; nothing where it does not. */
function reasonOf(context: ServerContext, event: ServerEvent): string | undefined {
  switch (event.type) {
    case 'connection.lost':
    case 'connection.unauthorized':
    case 'connection.stream.lost':
    case 'connection.garbled':
      return event.reason
    case 'connection.checked':
      return event.ok ? undefined : 'it does not answer pings'
    case 'call.cancel':
      return event.reason === 'timed_out' ? 'a call timed out' : undefined
    default:
      if ('error' in event) return String(event.error)
      if (event.type.startsWith('xstate.after.connectTimeout')) {
        const noise = context.noise === undefined ? '' : `${context.noise}, and `
        return `${noise}it did not answer within the connect time-out`
      }
      return context.entry.problem
  }
}

function stderrOf(event: ServerEvent): string | undefined {
  return event.type === 'connection.lost' ? event.stderr : undefined
}

/** Leaves the present connection for good; its calls and reads hear their end after the new state is known. */
export const leaveConnection = serverSetup.enqueueActions(({ context, enqueue }) => {
  enqueue('endCalls')
  enqueue.cancel('heartbeat')
  enqueue.cancel('silence')
  enqueue.cancel('stable')
  enqueue.assign({
    calls: new Map(),
    reads: new Map(),
    known: { ...context.known, pid: undefined },
    streamLost: false,
    heartbeats: { ...context.heartbeats, missed: 0, good: 0 },
    leftWorkOf: undefined,
  })
  for (const generation of context.open) enqueue.sendTo(connectionId(generation), { type: 'close' })
})

export const dial = serverSetup.enqueueActions(({ context, enqueue }) => {
  const { definition } = context.entry
  if (!definition) return
  const generation = context.generation + 1
  enqueue.assign({
    generation,
    open: new Set([...context.open, generation]),
    nextAttemptAt: undefined,
    busyUntil: 0,
    noise: undefined,
  })
  enqueue.spawnChild('connection', {
    id: connectionId(generation),
    input: {
      definition,
      generation,
      closeGraceMs: context.host.policy.closeGraceMs,
      listTimeoutMs: connectTimeoutMs(context),
      onClosed: () => context.host.supervisor.send({ type: 'connection.closed', generation }),
    },
  })
})

export const forget = serverSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'connection.closed') return
  const open = new Set(context.open)
  open.delete(event.generation)
  enqueue.assign({ open })
  enqueue.stopChild(connectionId(event.generation))
})

/** A connection that threw is a bug of ours; its reference is dropped, and it counts as lost. */
export const dropBrokenConnection = serverSetup.enqueueActions(({ context, event, enqueue }) => {
  if (!('actorId' in event)) return
  enqueue.stopChild(event.actorId)
  enqueue.assign({ open: new Set([...context.open].filter((one) => connectionId(one) !== event.actorId)) })
})

function nextHeartbeatMs({ heartbeats, state, host: { policy }, calls }: ServerContext): number {
  // One that is not given up for its calls' sake may refuse each ping at once.
  if (heartbeats.missed > 0 && heartbeats.missed < missedHeartbeatsToReconnect) return 0
  if (state === 'degraded') return Math.min(degradedHeartbeatMs, policy.heartbeatMs)
  return calls.size > 0 ? policy.heartbeatDuringCallsMs : policy.heartbeatMs
}

export const scheduleHeartbeat = serverSetup.enqueueActions(({ context, enqueue }) => {
  const dueAt = context.host.now() + nextHeartbeatMs(context)
  enqueue.assign({ heartbeats: { ...context.heartbeats, dueAt } })
  enqueue.cancel('heartbeat')
  enqueue.raise({ type: 'heartbeat.due' }, { delay: 'nextHeartbeat', id: 'heartbeat' })
})

export const watchStability = serverSetup.enqueueActions(({ enqueue }) => {
  enqueue.cancel('stable')
  enqueue.raise({ type: 'stable.due' }, { delay: 'stable', id: 'stable' })
})

export const check = serverSetup.enqueueActions(({ context, enqueue }) => {
  enqueue.cancel('heartbeat')
  enqueue.sendTo(connectionId(context.generation), {
    type: 'check',
    timeoutMs: context.host.policy.heartbeatTimeoutMs,
  })
})
