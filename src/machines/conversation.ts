import { type ActorRefFrom, setup } from 'xstate'
import { callError, messageOf } from '../errors.ts'
import type { Policy } from '../policy.ts'
import type { JsonObject, Outcome } from '../protocol.ts'
import { callMachine } from './call.ts'
import { broken, type CallContext, letGo } from './call-context.ts'
import type { Directory } from './directory.ts'
import type { CallReport } from './messages.ts'
import { without } from './without.ts'

export interface ConversationInput {
  directory: Directory
  policy: Policy
  now: () => number
}

interface OpenCall {
  /** The id of its actor. */
  seat: string
  functionName: string
  call: ActorRefFrom<typeof callMachine>
}

interface ConversationContext extends ConversationInput {
  calls: ReadonlyMap<string, OpenCall>
  /**
   * Ids of call actors, used again and again: XState keeps what it looked up for each type of event for ever, and the id of
   * a child is part of its `xstate.done.actor.*`.
   */
  freeSeats: readonly string[]
}

export type ConversationEvent =
  | {
      type: 'function.call'
      callId: string
      name: string
      arguments: JsonObject
      timeoutMs?: number | undefined
    }
  | { type: 'function.cancel'; callId: string }
  | { type: 'interrupt' }
  | { type: 'end' }
  | CallReport
  | { type: `xstate.error.actor.${string}`; actorId: string; error: unknown }

export type ConversationNews =
  | { type: 'call.started'; callId: string; function: string; arguments: JsonObject }
  | { type: 'call.sent'; callId: string; function: string; server: string; generation: number }
  | Extract<CallReport, { type: 'call.progress' }>
  | { type: 'call.ended'; callId: string; function: string; outcome: Outcome }

const conversationSetup = setup({
  types: {
    context: {} as ConversationContext,
    input: {} as ConversationInput,
    events: {} as ConversationEvent,
    emitted: {} as ConversationNews,
  },
  actors: { call: callMachine },
  guards: { isQuiet: ({ context }) => context.calls.size === 0 },
})

function leave({ calls, freeSeats }: ConversationContext, callId: string, { seat }: OpenCall) {
  return { calls: without(calls, callId), freeSeats: [...freeSeats, seat] }
}

const startCall = conversationSetup.enqueueActions(({ event, self, enqueue }) => {
  if (event.type !== 'function.call') return
  const { callId, name, timeoutMs } = event
  enqueue.emit({ type: 'call.started', callId, function: name, arguments: event.arguments })
  enqueue.assign(({ context, spawn }) => {
    const { directory, policy, now, freeSeats } = context
    const seat = freeSeats.at(-1) ?? `call-${context.calls.size + 1}`
    const call = spawn('call', {
      id: seat,
      input: {
        ...{ callId, functionName: name, timeoutMs, directory, policy, now },
        arguments: event.arguments,
        conversation: self,
      },
    })
    const open: OpenCall = { seat, functionName: name, call }
    return { calls: new Map(context.calls).set(callId, open), freeSeats: freeSeats.slice(0, -1) }
  })
})

const relaySent = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'call.sent') return
  const open = context.calls.get(event.callId)
  if (open) enqueue.emit({ ...event, function: open.functionName })
})

const relayProgress = conversationSetup.enqueueActions(({ event, enqueue }) => {
  if (event.type === 'call.progress') enqueue.emit(event)
})

const relayEnd = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'call.ended') return
  const open = context.calls.get(event.callId)
  if (!open) return
  enqueue.stopChild(open.seat)
  enqueue.assign(leave(context, event.callId, open))
  enqueue.emit({ ...event, function: open.functionName })
})

/** A call actor threw: a bug of ours. Its caller still hears one outcome, and its server that nobody waits any more. */
const contain = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  if (!('actorId' in event)) return
  const [callId, open] = [...context.calls].find(([, { seat }]) => seat === event.actorId) ?? []
  if (callId === undefined || !open) return
  const at = contextOf(open)
  const cause = messageOf(event.error)
  if (at) enqueue(() => letGo(at))
  enqueue.stopChild(open.seat)
  enqueue.assign(leave(context, callId, open))
  const outcome = at ? broken(at, cause) : neverBegun(callId, open, cause)
  enqueue.emit({ type: 'call.ended', callId, function: open.functionName, outcome })
})

/** Nothing where it threw in its first step: XState keeps no whole context then. */
function contextOf({ call }: OpenCall): CallContext | undefined {
  const context: Partial<CallContext> | undefined = call.getSnapshot().context
  return context?.attempts === undefined ? undefined : call.getSnapshot().context
}

function neverBegun(callId: string, { functionName }: OpenCall, cause: string): Outcome {
  const error = callError('connection_lost', 'none', `${functionName} ended by a fault of this program.`, {
    cause,
  })
  return { ok: false, callId, error, attempts: [], durationMs: 0 }
}

/**
 * One voice call. Each function call is an actor of its own, removed when it ends.
 *
 * Told: whoever listens, of one `call.ended` for each `call.started`. Cleaned up: it ends when every call has.
 */
export const conversationMachine = conversationSetup.createMachine({
  id: 'conversation',
  context: ({ input }) => ({ ...input, calls: new Map(), freeSeats: [] }),
  initial: 'active',
  on: {
    'call.sent': { actions: relaySent },
    'call.progress': { actions: relayProgress },
    'call.ended': { actions: relayEnd },
    'xstate.error.actor.*': { actions: contain },
  },
  states: {
    active: {
      on: {
        'function.call': { actions: startCall },
        'function.cancel': {
          actions: ({ context, event }) => context.calls.get(event.callId)?.call.send({ type: 'cancel' }),
        },
        interrupt: {
          actions: ({ context }) => {
            for (const { call } of context.calls.values()) call.send({ type: 'interrupt' })
          },
        },
        end: { target: 'ending' },
      },
    },
    ending: {
      entry: ({ context }) => {
        for (const { call } of context.calls.values()) call.send({ type: 'cancel' })
      },
      always: { guard: 'isQuiet', target: 'ended' },
    },
    ended: { type: 'final' },
  },
})
