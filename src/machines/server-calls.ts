import { assertEvent } from 'xstate'
import { callError } from '../contract/errors.ts'
import { callEnded, connectionId, silentCalls } from './server-context.ts'
import { dismissals, leaveWork } from './server-questions.ts'
import { serverSetup } from './server-setup.ts'
import { without } from './without.ts'

export const startCall = serverSetup.assign(({ context, event }) => {
  assertEvent(event, 'call.start')
  const { callId, caller, deadlineAt, conversation } = event
  return {
    calls: new Map(context.calls).set(callId, {
      caller,
      deadlineAt,
      conversation,
      sentAt: undefined,
      questions: [],
    }),
  }
})

export const passCallOn = serverSetup.sendTo(
  ({ context }) => connectionId(context.generation),
  ({ event }) => {
    assertEvent(event, 'call.start')
    const { callId, tool, arguments: args } = event
    return { type: 'call', callId, tool, arguments: args }
  },
)

/** Its server may be busy for as long. */
export const extendCall = serverSetup.assign(({ context, event }) => {
  if (event.type !== 'call.extend') return {}
  const call = context.calls.get(event.callId)
  if (!call) return {}
  return { calls: new Map(context.calls).set(event.callId, { ...call, deadlineAt: event.deadlineAt }) }
})

/** A call that was routed here just before the connection went. */
export const refuseCall = serverSetup.createAction(({ context, event }) => {
  if (event.type !== 'call.start') return
  const { name } = context.entry
  const error = callError('server_unavailable', 'none', `${name} is ${context.state}.`)
  const { generation } = event
  event.caller.send({
    type: 'call.ended',
    server: name,
    generation,
    end: { ok: false, error, retryable: true },
  })
})

export const cancelCall = serverSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'call.cancel') return
  const { callId, reason } = event
  const call = context.calls.get(callId)
  if (!call) return
  enqueue.assign({ calls: without(context.calls, callId), leftWorkOf: leaveWork(context.leftWorkOf, call) })
  const connection = connectionId(context.generation)
  enqueue.sendTo(connection, { type: 'cancel', callId, reason })
  for (const dismissal of dismissals(call)) enqueue.sendTo(connection, dismissal)
})

/** Their server was removed, and their grace is over. */
export const cancelRemaining = serverSetup.enqueueActions(({ context, enqueue }) => {
  const { name } = context.entry
  const connection = connectionId(context.generation)
  for (const [callId, call] of context.calls) {
    const { caller, sentAt } = call
    enqueue.sendTo(connection, { type: 'cancel', callId, reason: 'cancelled' })
    for (const dismissal of dismissals(call)) enqueue.sendTo(connection, dismissal)
    const effect = sentAt === undefined ? 'none' : 'unknown'
    const error = callError('cancelled', effect, `${name} was taken out of the configuration.`)
    enqueue(() => caller.send(callEnded(context, { ok: false, error, retryable: false })))
  }
  enqueue.assign({ calls: new Map() })
})

export const noteSent = serverSetup.assign(({ context: { calls, host }, event }) => {
  assertEvent(event, 'connection.call.sent')
  const call = calls.get(event.callId)
  return call ? { calls: new Map(calls).set(event.callId, { ...call, sentAt: host.now() }) } : {}
})

export const relaySent = serverSetup.createAction(({ context, event }) => {
  assertEvent(event, 'connection.call.sent')
  const { callId, generation } = event
  context.calls.get(callId)?.caller.send({ type: 'call.sent', server: context.entry.name, generation })
})

export const relayProgress = serverSetup.createAction(({ context, event }) => {
  if (event.type !== 'connection.call.progress') return
  context.calls.get(event.callId)?.caller.send({ type: 'call.progress', progress: event.progress })
})

export const relayEnd = serverSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'connection.call.ended') return
  const call = context.calls.get(event.callId)
  if (!call) return
  const { end } = event
  const mayRunOn = !end.ok && end.error.code === 'connection_lost'
  enqueue.assign({
    calls: without(context.calls, event.callId),
    leftWorkOf: mayRunOn ? leaveWork(context.leftWorkOf, call) : context.leftWorkOf,
  })
  for (const dismissal of dismissals(call)) enqueue.sendTo(connectionId(context.generation), dismissal)
  enqueue(() => call.caller.send(callEnded(context, end)))
})

/** It answered a ping: what it has been silent on until now does not count. */
export const stopCountingSilence = serverSetup.cancel('silence')

/** Ends the calls on which the server has been silent too long, and looks again when the next one is due. */
export const reviewSilence = serverSetup.enqueueActions(({ context, enqueue }) => {
  const { silent, nextInMs } = silentCalls(context)
  let { calls, busyUntil, leftWorkOf } = context
  for (const callId of silent) {
    const call = calls.get(callId)
    if (!call) continue
    calls = without(calls, callId)
    leftWorkOf = leaveWork(leftWorkOf, call)
    busyUntil = Math.max(busyUntil, call.deadlineAt)
    enqueue.sendTo(connectionId(context.generation), { type: 'cancel', callId, reason: 'silent' })
    const error = callError('timed_out', 'unknown', `${context.entry.name} does not answer.`)
    enqueue(() => call.caller.send(callEnded(context, { ok: false, error, retryable: false })))
  }
  enqueue.assign({ calls, busyUntil, leftWorkOf })
  enqueue.cancel('silence')
  if (nextInMs !== undefined) {
    enqueue.raise({ type: 'silence.due' }, { delay: 'untilSilent', id: 'silence' })
  }
})
