/** Questions of servers: a program answers them by its callback, a model by a function. */
import { assertEvent } from 'xstate'
import { callError } from '../contract/errors.ts'
import type { Outcome, QuestionAnswer, QuestionEnd } from '../contract/protocol.ts'
import { withoutQuestion } from './caller-questions.ts'
import { changeQuestions, insist, unheardError } from './conversation-asking.ts'
import { answeredHere, failedHere, openCallOf } from './conversation-context.ts'
import { conversationSetup, endHere } from './conversation-setup.ts'

const noQuestion = callError('unknown_function', 'none', 'No question is open now.')

/** Through the model, to the question that is put to the caller. Whether it fits comes to light when the call has judged it. */
export const takeAnswer = (answer: QuestionAnswer) =>
  conversationSetup.enqueueActions(({ context, event, enqueue }) => {
    assertEvent(event, 'function.call')
    const { callId, name } = event
    const [question] = context.questions
    // One that is being judged is as good as answered.
    if (question?.about !== 'server' || context.answering) {
      enqueue(endHere(name, failedHere(callId, noQuestion)))
      return
    }
    if (answer.action === 'accept' && question.stage !== 'answered') {
      enqueue(endHere(name, failedHere(callId, unheardError(question))))
      enqueue(insist(question, true))
      return
    }
    const { id: questionId } = question
    const asking = context.calls.get(question.callId)
    enqueue.assign({ answering: { callId, name, questionId } })
    enqueue(() => asking?.call.send({ type: 'question.answer', questionId, answer }))
  })

/** Of a program. */
export const relayAnswer = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'question.answer')
  const { questionId, answer } = event
  const [, open] = openCallOf(context.calls, event.callId) ?? []
  enqueue(() => open?.call.send({ type: 'question.answer', questionId, answer }))
})

/** Whoever asked for the call first is asked. */
export const relayQuestion = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'question.asked')
  const { callId, questionId, question } = event
  const open = context.calls.get(callId)
  if (!open) return
  const ofModel = open.response !== undefined
  enqueue.assign({ calls: new Map(context.calls).set(callId, { ...open, questionId }) })
  const [asker = callId] = open.askers
  enqueue.emit({ function: open.functionName, ofModel, ...event, callId: asker })
  // A model cannot visit a page for its caller.
  if (!ofModel || question.mode !== 'form') return
  const { server } = event
  const asked = {
    about: 'server',
    id: questionId,
    stage: 'asked',
    callId,
    server,
    message: question.message,
  } as const
  enqueue(changeQuestions((questions) => [...questions, asked]))
})

/** Who gave the answer hears it, a model as the outcome of its function. */
export const relayRefusal = conversationSetup.enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'question.refused')
  const { answering } = context
  const open = context.calls.get(event.callId)
  if (answering?.questionId === event.questionId) {
    const happened = `The answer does not fit: ${event.problem}.`
    enqueue.assign({ answering: undefined })
    enqueue(
      endHere(answering.name, failedHere(answering.callId, callError('invalid_arguments', 'none', happened))),
    )
  } else if (open) {
    const [asker = event.callId] = open.askers
    const ofModel = open.response !== undefined
    enqueue.emit({ function: open.functionName, ofModel, ...event, callId: asker })
  }
})

export const relayQuestionEnd = conversationSetup.enqueueActions(({ event, enqueue }) => {
  assertEvent(event, 'question.ended')
  enqueue(closeQuestion(event.callId, event.questionId, event.how))
})

/** `broken`: the actor of its call is, and tells no more. */
export const closeQuestion = (callId: string, questionId: string, how: QuestionEnd | 'broken') =>
  conversationSetup.enqueueActions(({ context, enqueue }) => {
    const { answering } = context
    const open = context.calls.get(callId)
    if (!open) return
    enqueue.assign({
      calls: new Map(context.calls).set(callId, { ...open, questionId: undefined }),
    })
    const { functionName, response, askers } = open
    if (answering?.questionId === questionId) {
      enqueue.assign({ answering: undefined })
      enqueue(endHere(answering.name, outcomeOfAnswer(answering.callId, functionName, how)))
    }
    const [asker = callId] = askers
    enqueue.emit({
      type: 'question.ended',
      ...{ callId: asker, questionId, how: how === 'broken' ? 'withdrawn' : how },
      ...{ function: functionName, ofModel: response !== undefined },
    })
    enqueue(changeQuestions((questions) => withoutQuestion(questions, questionId)))
  })

function outcomeOfAnswer(callId: string, functionName: string, how: QuestionEnd | 'broken'): Outcome {
  switch (how) {
    case 'accepted':
      return answeredHere(callId, `The answer was handed over. The result of ${functionName} follows.`)
    case 'declined':
      return answeredHere(callId, `The question was declined. The result of ${functionName} follows.`)
    case 'cancelled': {
      const happened = 'The answer does not fit, and the question is cancelled.'
      return failedHere(callId, callError('invalid_arguments', 'none', happened))
    }
    case 'broken': {
      const happened = `${functionName} ended by a fault of this program.`
      return failedHere(callId, callError('connection_lost', 'unknown', happened))
    }
    default:
      return failedHere(callId, noQuestion)
  }
}
