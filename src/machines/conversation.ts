import { and, assertEvent } from 'xstate'
import { callError, messageOf } from '../contract/errors.ts'
import type { Outcome } from '../contract/protocol.ts'
import { broken, letGo } from './call-context.ts'
import {
  answerByCaller,
  askToConfirm,
  changeQuestions,
  expireQuestion,
  hearQuestion,
  takeConfirmation,
} from './conversation-asking.ts'
import {
  answeredHere,
  answerOf,
  cancelled,
  cancelledInWords,
  contextOf,
  failedHere,
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
import { endOf, join, run } from './conversation-run.ts'
import { conversationSetup, endHere } from './conversation-setup.ts'
import { cancelCalls, confirmCall, isHarmless } from './fixed-functions.ts'
import { callKey, loopError, newTurn, withResponse } from './model-turn.ts'

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

const startCall = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'function.call')
  const { callId, name, response, arguments: args } = event
  const { policy } = context.input
  let equal: [string, OpenCall] | undefined
  if (response !== undefined) {
    const key = callKey(name, args)
    const stopped = isHarmless(name)
      ? undefined
      : loopError(context.turn, { functionName: name, key, response }, policy)
    if (stopped) {
      enqueue.emit({ type: 'call.started', callId, function: name, arguments: args })
      enqueue(endHere(name, failedHere(callId, stopped)))
      return
    }
    enqueue.assign({ turn: withResponse(context.turn, response) })
    equal = [...context.calls].find(([, open]) => key !== undefined && open.key === key)
  }
  if (name === confirmCall.name) {
    enqueue(takeConfirmation(event))
    return
  }
  const sharing = equal ? { sharedWith: equal[0] } : {}
  enqueue.emit({ type: 'call.started', callId, function: name, arguments: args, ...sharing })
  const answer = answerOf(event)
  if (name === cancelCalls.name) {
    enqueue('cancelModelCalls')
    enqueue(endHere(name, answeredHere(callId, cancelledInWords(context))))
    enqueue(changeQuestions((questions) => questions.filter(({ about }) => about === 'server')))
  } else if (answer) {
    enqueue(takeAnswer(answer))
  } else if (equal) {
    enqueue(join(callId, ...equal))
  } else enqueue(run(event))
})

const cancelOne = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'function.cancel')
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
  enqueue(endHere(open.functionName, failedHere(callId, cancelled(open))))
})

const relaySent = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'call.sent')
  const open = context.calls.get(event.callId)
  if (!open) return
  const { server, generation } = event
  enqueue.assign({
    calls: new Map(context.calls).set(event.callId, { ...open, sentTo: { server, generation } }),
  })
  for (const callId of open.askers) enqueue.emit({ function: open.functionName, ...event, callId })
})

const relayProgress = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'call.progress')
  const open = context.calls.get(event.callId)
  if (!open) return
  const { message } = event.progress
  if (message !== undefined) {
    enqueue.assign({ calls: new Map(context.calls).set(event.callId, { ...open, progress: message }) })
  }
  for (const callId of open.askers) enqueue.emit({ ...event, callId })
})

const relayEnd = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'call.ended')
  const open = context.calls.get(event.callId)
  if (!open) return
  if (hasChildren(open)) enqueue(() => closeChildren(open))
  enqueue.stopChild(open.seat)
  const { outcome } = event
  // A program asks in its own way, and calls again with `confirmed`.
  if (outcome.ok || outcome.error.code !== 'confirmation_required' || open.response === undefined) {
    enqueue(endOf(event.callId, open, outcome))
    return
  }
  enqueue(askToConfirm(event.callId, open, outcome))
})

function hasChildren({ call }: OpenCall): boolean {
  for (const _ in call.getSnapshot().children) return true
  return false
}

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
const hearCaller = conversationSetup.assign({ turn: newTurn })

const noteCaller = conversationSetup.assign(({ event }) => {
  assertEvent(event, 'speech.changed')
  return { callerSpeaks: event.isSpeaking }
})

const noteAgent = conversationSetup.assign(({ event }) => {
  assertEvent(event, 'speech.changed')
  return { agentSpeaks: event.isSpeaking }
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
    questions: [],
    confirmed: new Map(),
    links: new Map(),
    answering: undefined,
    callerSpeaks: false,
    agentSpeaks: false,
    isSilent: false,
    fillers: 0,
  }),
  initial: 'active',
  on: {
    'call.sent': { actions: relaySent },
    'call.progress': { actions: relayProgress },
    'call.ended': [{ guard: 'isOfModel', actions: [relayEnd, reviewSilence] }, { actions: relayEnd }],
    'question.answer': { actions: relayAnswer },
    'question.asked': { actions: [relayQuestion, reviewSilence] },
    'question.refused': { actions: relayRefusal },
    'question.ended': { actions: [relayQuestionEnd, reviewSilence] },
    'xstate.error.actor.*': { actions: [contain, reviewSilence] },
  },
  states: {
    active: {
      on: {
        'function.call': [
          { guard: 'isOfModel', actions: [startCall, reviewSilence] },
          { actions: startCall },
        ],
        'function.cancel': { actions: cancelOne },
        interrupt: { actions: 'interruptCalls' },
        'speech.changed': [
          {
            guard: and(['isCaller', 'isBeginning']),
            actions: [noteCaller, hearCaller, answerByCaller, 'interruptCalls', reviewSilence],
          },
          { guard: 'isCaller', actions: [noteCaller, reviewSilence] },
          { actions: [noteAgent, reviewSilence] },
        ],
        'question.heard': { actions: hearQuestion },
        'question.expired': { actions: expireQuestion },
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
