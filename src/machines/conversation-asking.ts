/** What is put to the caller, one question at a time, and what counts as an answer. */
import { callError } from '../contract/errors.ts'
import type { CallError, DueQuestion, Outcome } from '../contract/protocol.ts'
import {
  afterCallerBegan,
  afterHeard,
  type CallerQuestion,
  type CallerQuestions,
  confirmationOf,
  newCode,
  withoutQuestion,
} from './caller-questions.ts'
import { declined, type FunctionCall, failedHere, type OpenCall, openCallOf } from './conversation-context.ts'
import { endOf, join, run } from './conversation-run.ts'
import { conversationSetup, endHere } from './conversation-setup.ts'

/** Codes that were used, of which a model may make use again. */
const maxConfirmed = 50

/** Who comes first is put to the caller. */
export const changeQuestions = (change: (questions: CallerQuestions) => CallerQuestions) =>
  conversationSetup.enqueueActions(({ context, enqueue }) => {
    const [before] = context.questions
    const questions = change(context.questions)
    const [first] = questions
    enqueue.assign({ questions })
    if (first?.id === before?.id) return
    if (before) enqueue.emit({ type: 'question.over', questionId: before.id })
    enqueue.cancel('question')
    if (first) enqueue(put(first))
  })

const put = (question: CallerQuestion) =>
  conversationSetup.enqueueActions(({ context, enqueue }) => {
    const { id: questionId } = question
    const functionOf = (callId: string) => context.calls.get(callId)?.functionName ?? ''
    enqueue.emit({ type: 'question.due', questionId, ...dueOf(question, functionOf) })
    // A server's question has a time of its own.
    if (question.about === 'server') return
    enqueue.cancel('question')
    enqueue.raise({ type: 'question.expired', questionId }, { delay: 'untilExpired', id: 'question' })
  })

function dueOf(question: CallerQuestion, functionOf: (callId: string) => string): DueQuestion {
  if (question.about === 'server') {
    const { about, callId, server, message } = question
    return { about, function: functionOf(callId), server, message }
  }
  const { functionName, arguments: args } = question.call
  return { about: 'confirmation', function: functionName, arguments: args }
}

export const hearQuestion = conversationSetup.assign(({ context, event }) =>
  event.type === 'question.heard' ? { questions: afterHeard(context.questions, event.questionId) } : {},
)

export const answerByCaller = conversationSetup.assign(({ context }) => ({
  questions: afterCallerBegan(context.questions),
}))

export const expireQuestion = conversationSetup.enqueueActions(({ event, enqueue }) => {
  if (event.type !== 'question.expired') return
  const { questionId } = event
  enqueue(changeQuestions((questions) => withoutQuestion(questions, questionId)))
})

/** Ends a call that needs a yes, which the caller is asked for; anew where an answer may be to the question before. */
export const askToConfirm = (callId: string, open: OpenCall, outcome: Extract<Outcome, { ok: false }>) =>
  conversationSetup.enqueueActions(({ context, enqueue }) => {
    const { questions, input } = context
    const { functionName, timeoutMs, arguments: args, key = callId } = open
    const known = confirmationOf(questions, key)
    const isFresh = known?.stage === 'asked'
    const code = isFresh ? known.id : newCode(questions, input.random)
    enqueue(endOf(callId, open, { ...outcome, error: { ...outcome.error, confirmation: { code } } }))
    if (isFresh) return
    const call = { key, functionName, timeoutMs, arguments: args }
    const question: CallerQuestion = { id: code, stage: 'asked', about: 'confirmation', call }
    enqueue(
      changeQuestions((all) => {
        if (known) return all.map((one) => (one.id === known.id ? question : one))
        // What the caller said to that one led to this one: another mind.
        return [...all.filter(({ about, stage }) => about === 'server' || stage !== 'answered'), question]
      }),
    )
  })

const unheard = 'The caller has not heard the whole question and answered it yet.'

/** A question that the model would answer for the caller is put to the caller again. */
export const insist = (question: CallerQuestion, isFirst: boolean) =>
  conversationSetup.enqueueActions(({ enqueue }) => {
    if (isFirst && question.stage === 'asked') enqueue(put(question))
  })

export function unheardError(question: CallerQuestion): CallError {
  const confirmation = question.about === 'confirmation' ? { confirmation: { code: question.id } } : {}
  return callError('confirmation_required', 'none', unheard, confirmation)
}

/** `confirm_call`. */
export const takeConfirmation = (event: FunctionCall) =>
  conversationSetup.enqueueActions(({ context, enqueue }) => {
    const { callId, response, name } = event
    const { code, approved } = event.arguments
    const end = (outcome: Outcome) => {
      enqueue.emit({ type: 'call.started', callId, function: name, arguments: event.arguments })
      enqueue(endHere(name, outcome))
    }
    if (typeof code !== 'string' || typeof approved !== 'boolean') {
      const happened = 'confirm_call needs the code, a text, and approved, true or false.'
      return end(failedHere(callId, callError('invalid_arguments', 'none', happened)))
    }
    const index = context.questions.findIndex(({ id }) => id === code)
    const question = context.questions[index]
    if (question?.about !== 'confirmation') {
      const running = openCallOf(context.calls, context.confirmed.get(code) ?? '')
      if (!running) return end(failedHere(callId, closedError(context.confirmed.has(code))))
      const { functionName, arguments: args } = running[1]
      enqueue.emit({ type: 'call.started', callId, function: functionName, arguments: args })
      enqueue(join(callId, ...running))
      return
    }
    if (approved && question.stage !== 'answered') {
      end(failedHere(callId, unheardError(question)))
      enqueue(insist(question, index === 0))
      return
    }
    enqueue(changeQuestions((questions) => withoutQuestion(questions, code)))
    const { functionName, arguments: args, timeoutMs } = question.call
    if (!approved) return end(failedHere(callId, declined(functionName)))
    const confirmed = [...context.confirmed, [code, callId] as const].slice(-maxConfirmed)
    enqueue.assign({ confirmed: new Map(confirmed) })
    enqueue.emit({ type: 'call.started', callId, function: functionName, arguments: args })
    enqueue(run({ callId, name: functionName, arguments: args, timeoutMs, response, confirmed: true }))
  })

/** It says nothing of the call that a used code led to: that one has an outcome of its own. */
function closedError(wasUsed: boolean): CallError {
  if (!wasUsed) {
    const happened = 'This confirmation is too old; the call has to be made again.'
    return callError('confirmation_required', 'none', happened)
  }
  const message =
    'This confirmation was used before, and its call has a result of its own. It is not made a second time.'
  return { code: 'confirmation_required', effect: 'none', message }
}
