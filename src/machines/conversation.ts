import { and } from 'xstate'
import { callError, messageOf } from '../errors.ts'
import type { Outcome } from '../protocol.ts'
import { broken, letGo } from './call-context.ts'
import { afterSpeech, askFor } from './confirmations.ts'
import {
  answeredHere,
  answerOf,
  cancelled,
  cancelledInWords,
  contextOf,
  type FunctionCall,
  failedHere,
  judgeConfirmation,
  type OpenCall,
  openCallOf,
  situation,
  workingCalls,
} from './conversation-context.ts'
import {
  closeQuestion,
  relayAnswer,
  relayQuestion,
  relayQuestionEnd,
  relayRefusal,
  takeAnswer,
} from './conversation-questions.ts'
import { conversationSetup, endHere } from './conversation-setup.ts'
import { cancelCalls, confirmCall } from './fixed-functions.ts'
import { callKey, loopError, newTurn, withOutcome, withResponse } from './model-turn.ts'
import { without } from './without.ts'

/** Silence is counted while a model's call runs and nobody speaks. */
const reviewSilence = conversationSetup.enqueueActions(({ context, enqueue }) => {
  const isWaiting = workingCalls(context).length > 0
  const isSilent = isWaiting && !context.callerSpeaks && !context.agentSpeaks
  if (isSilent === context.isSilent && (isWaiting || context.fillers === 0)) return
  enqueue.assign({ isSilent, fillers: isWaiting ? context.fillers : 0 })
  enqueue.cancel('silence')
  if (isSilent) enqueue.raise({ type: 'silence.due' }, { delay: 'untilFiller', id: 'silence' })
})

const tellOfSilence = conversationSetup.enqueueActions(({ context, enqueue }) => {
  enqueue.emit({ type: 'silence.noticed', ...situation(context) })
  enqueue.assign({ fillers: context.fillers + 1 })
  enqueue.raise({ type: 'silence.due' }, { delay: 'untilFiller', id: 'silence' })
})

const run = ({ callId, name, timeoutMs, response, confirmed, arguments: args }: FunctionCall) =>
  conversationSetup.assign(({ context, self, spawn }) => {
    const { directory, policy, now } = context.input
    const seat = context.freeSeats.at(-1) ?? `call-${context.calls.size + 1}`
    const call = spawn('call', {
      id: seat,
      input: {
        ...{ callId, functionName: name, arguments: args, timeoutMs, confirmed },
        ...{ directory, policy, now, conversation: self },
      },
    })
    const open: OpenCall = {
      ...{ seat, functionName: name, arguments: args, timeoutMs, call, response },
      key: response === undefined ? undefined : callKey(name, args),
      askers: [callId],
      isSent: false,
      progress: undefined,
      questionId: undefined,
    }
    return { calls: new Map(context.calls).set(callId, open), freeSeats: context.freeSeats.slice(0, -1) }
  })

const takeConfirmation = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'function.call') return
  const { callId, response } = event
  const verdict = judgeConfirmation(context, event)
  if ('run' in verdict) {
    const { run: call, code } = verdict
    enqueue.assign({ confirmations: without(context.confirmations, code) })
    enqueue.emit({ type: 'call.started', callId, function: call.name, arguments: call.arguments })
    enqueue(run({ ...call, callId, response }))
    return
  }
  if (verdict.code !== undefined) {
    enqueue.assign({ confirmations: without(context.confirmations, verdict.code) })
  }
  enqueue.emit({ type: 'call.started', callId, function: event.name, arguments: event.arguments })
  enqueue(endHere(event.name, failedHere(callId, verdict.error)))
})

const startCall = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'function.call') return
  const { callId, name, response, arguments: args } = event
  const { policy } = context.input
  let equal: [string, OpenCall] | undefined
  if (response !== undefined) {
    const key = callKey(name, args)
    const stopped = loopError(context.turn, { functionName: name, key, response }, policy)
    if (stopped) {
      enqueue.emit({ type: 'call.started', callId, function: name, arguments: args })
      enqueue(endHere(name, failedHere(callId, stopped)))
      return
    }
    enqueue.assign({ turn: withResponse(context.turn, response) })
    equal = [...context.calls].find(([, open]) => key !== undefined && open.key === key)
  }
  if (name === confirmCall.name) {
    enqueue(takeConfirmation)
    return
  }
  enqueue.emit({ type: 'call.started', callId, function: name, arguments: args })
  const answer = answerOf(event)
  if (name === cancelCalls.name) {
    enqueue('cancelCalls')
    enqueue(endHere(name, answeredHere(callId, cancelledInWords(context.calls.values()))))
  } else if (answer) {
    enqueue(takeAnswer(answer))
  } else if (equal) {
    const [first, open] = equal
    const shared = { ...open, askers: [...open.askers, callId] }
    enqueue.assign({ calls: new Map(context.calls).set(first, shared) })
  } else enqueue(run(event))
})

const cancelOne = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'function.cancel') return
  const { callId } = event
  const [first, open] = openCallOf(context.calls, callId) ?? []
  if (first === undefined || !open) return
  if (open.askers.length === 1) {
    enqueue(() => open.call.send({ type: 'cancel' }))
    return
  }
  // Others wait for it still.
  const askers = open.askers.filter((asker) => asker !== callId)
  enqueue.assign({ calls: new Map(context.calls).set(first, { ...open, askers }) })
  enqueue(endHere(open.functionName, failedHere(callId, cancelled(open.functionName, open.isSent))))
})

const relaySent = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'call.sent') return
  const open = context.calls.get(event.callId)
  if (!open) return
  enqueue.assign({ calls: new Map(context.calls).set(event.callId, { ...open, isSent: true }) })
  for (const callId of open.askers) enqueue.emit({ ...event, callId, function: open.functionName })
})

const relayProgress = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'call.progress') return
  const open = context.calls.get(event.callId)
  if (!open) return
  const { message } = event.progress
  if (message !== undefined && open.response !== undefined) {
    enqueue.assign({ calls: new Map(context.calls).set(event.callId, { ...open, progress: message }) })
  }
  for (const callId of open.askers) enqueue.emit({ ...event, callId })
})

/** Each that asked gets the outcome as its own. */
const endOf = (callId: string, open: OpenCall, outcome: Outcome) =>
  conversationSetup.enqueueActions(({ context, enqueue }) => {
    const { calls, freeSeats, turn } = context
    enqueue.assign({
      calls: without(calls, callId),
      freeSeats: [...freeSeats, open.seat],
      turn: withOutcome(turn, open.key, outcome),
    })
    for (const asker of open.askers) enqueue(endHere(open.functionName, { ...outcome, callId: asker }))
  })

const relayEnd = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== 'call.ended') return
  const open = context.calls.get(event.callId)
  if (!open) return
  enqueue(() => closeChildren(open))
  enqueue.stopChild(open.seat)
  const { outcome } = event
  if (outcome.ok || outcome.error.code !== 'confirmation_required') {
    enqueue(endOf(event.callId, open, outcome))
    return
  }
  const { functionName, timeoutMs, arguments: args } = open
  const { now, policy, random } = context.input
  const key = open.key ?? callKey(functionName, args) ?? event.callId
  const { confirmations, code } = askFor(
    context.confirmations,
    { key, functionName, timeoutMs, arguments: args },
    { now: now(), withinMs: policy.confirmWithinMs, random },
  )
  enqueue.assign({ confirmations })
  const error = { ...outcome.error, confirmation: { code } }
  enqueue(endOf(event.callId, open, { ...outcome, error }))
})

/** XState orphans the children of an actor that throws, also after it told its end: one that waited would listen for ever. */
function closeChildren({ call }: OpenCall): void {
  for (const child of Object.values(call.getSnapshot().children)) child?.send({ type: 'close' })
}

/** A call actor threw: a bug of ours. Its caller still hears one outcome, and its server that nobody waits any more. */
const contain = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  if (!('actorId' in event)) return
  const found = [...context.calls].find(([, { seat }]) => seat === event.actorId)
  if (!found) return
  const [callId, open] = found
  const at = contextOf(open)
  const cause = messageOf(event.error)
  if (at) {
    enqueue(() => {
      letGo(at)
      closeChildren(open)
    })
  }
  enqueue.stopChild(open.seat)
  if (open.questionId !== undefined) enqueue(closeQuestion(callId, open.questionId, 'broken'))
  enqueue(endOf(callId, open, at ? broken(at, cause) : neverBegun(callId, open, cause)))
})

function neverBegun(callId: string, { functionName }: OpenCall, cause: string): Outcome {
  const happened = `${functionName} ended by a fault of this program.`
  return failedHere(callId, callError('connection_lost', 'none', happened, { cause }))
}

/** A model may try again what the caller asks for again. */
const hearCaller = conversationSetup.assign(({ context }) => ({
  turn: newTurn,
  confirmations: afterSpeech(context.confirmations, 'caller began'),
  agentWasInterrupted: context.agentSpeaks,
}))

const noteCaller = conversationSetup.assign(({ event }) =>
  event.type === 'speech.changed' ? { callerSpeaks: event.isSpeaking } : {},
)

const noteAgent = conversationSetup.assign(({ context, event }) => {
  if (event.type !== 'speech.changed' || event.isSpeaking === context.agentSpeaks) return {}
  const ended = context.agentWasInterrupted ? 'agent was interrupted' : 'agent ended'
  return {
    agentSpeaks: event.isSpeaking,
    agentWasInterrupted: false,
    confirmations: afterSpeech(context.confirmations, event.isSpeaking ? 'agent began' : ended),
  }
})

/**
 * One voice call. Each function call is an actor of its own, removed when it ends.
 *
 * Told: whoever listens, of one `call.ended` for each `call.started`. Dropped: calls that a model repeats in vain. Never taken
 * from a model: the caller's yes. Cleaned up: it ends when every call has.
 */
export const conversationMachine = conversationSetup.createMachine({
  id: 'conversation',
  context: ({ input }) => ({
    input,
    calls: new Map(),
    freeSeats: [],
    turn: newTurn,
    confirmations: new Map(),
    asked: [],
    answering: undefined,
    callerSpeaks: false,
    agentSpeaks: false,
    agentWasInterrupted: false,
    isSilent: false,
    fillers: 0,
  }),
  initial: 'active',
  on: {
    'call.sent': { actions: relaySent },
    'call.progress': { actions: relayProgress },
    'call.ended': { actions: [relayEnd, reviewSilence] },
    'question.answer': { actions: relayAnswer },
    'question.asked': { actions: [relayQuestion, reviewSilence] },
    'question.refused': { actions: relayRefusal },
    'question.ended': { actions: [relayQuestionEnd, reviewSilence] },
    'xstate.error.actor.*': { actions: [contain, reviewSilence] },
  },
  states: {
    active: {
      on: {
        'function.call': { actions: [startCall, reviewSilence] },
        'function.cancel': { actions: cancelOne },
        interrupt: { actions: 'interruptCalls' },
        'speech.changed': [
          {
            guard: and(['isCaller', 'isBeginning']),
            actions: [noteCaller, hearCaller, 'interruptCalls', reviewSilence],
          },
          { guard: 'isCaller', actions: [noteCaller, reviewSilence] },
          { actions: [noteAgent, reviewSilence] },
        ],
        'silence.due': { actions: tellOfSilence },
        end: { target: 'ending' },
      },
    },
    ending: {
      entry: 'cancelCalls',
      always: { guard: 'isQuiet', target: 'ended' },
    },
    ended: { type: 'final' },
  },
})
