import { assign, fromCallback, setup } from 'xstate'
import type { QuestionReply } from '../contract/connection.ts'
import type { CallError, QuestionEnd } from '../contract/protocol.ts'
import {
  answered,
  type CallContext,
  type CallEvent,
  type CallInput,
  cancelled,
  failed,
  initialCall,
  isRepeatable,
  isSame,
  note,
  onlyReads,
  resultViolation,
  retimed,
  routed,
  tooLate,
} from './call-context.ts'
import {
  maxQuestions,
  maxUnfitAnswers,
  queued,
  readAnswer,
  resumed,
  withoutQuestion,
} from './call-questions.ts'
import type { Directory } from './directory.ts'

/** A request that kills every server that it meets must not meet them all. */
const maxAttempts = 3

const callSetup = setup({
  types: { context: {} as CallContext, input: {} as CallInput, events: {} as CallEvent },
  actors: {
    /** Wakes a waiting call whenever a server changes. */
    directoryChanges: fromCallback<{ type: 'close' }, { directory: Directory }>(
      ({ input, sendBack, receive }) => {
        const off = input.directory.onChange(() => sendBack({ type: 'directory.changed' }))
        receive(off)
        return off
      },
    ),
  },
  delays: {
    deadline: ({ context }) => Math.max(0, context.deadlineAt - context.input.now()),
    patience: ({ context }) => Math.max(0, (context.patienceEndsAt ?? 0) - context.input.now()),
    question: ({ context }) => context.input.policy.questionTimeoutMs,
  },
  guards: {
    hasServer: ({ context }) => context.decision.kind === 'run',
    mayGetServer: ({ context }) => context.decision.kind === 'wait',
    hasAnswer: ({ context }) => context.decision.kind === 'answer',
    onlyReads: ({ context }) => onlyReads(context),
    isOfThisAttempt: ({ context, event }) => 'server' in event && isSame(context, event),
    isAnother: ({ context, event }) => 'server' in event && !isSame(context, event),
    isAnswer: ({ context, event }) =>
      event.type === 'call.ended' &&
      event.end.ok &&
      resultViolation(context, event.end.structured) === undefined,
    hasQuestion: ({ context }) => context.questions.length > 0,
    hasAskedTooMuch: ({ context }) => context.questionsSoFar >= maxQuestions,
    isBeingAsked: ({ context, event }) =>
      'questionId' in event && event.questionId === context.questions[0]?.questionId,
    isUnfit: ({ context, event }) => typeof readAnswer(context, event) === 'string',
    isUnfitForGood: ({ context, event }) =>
      context.unfitAnswers + 1 >= maxUnfitAnswers && typeof readAnswer(context, event) === 'string',
    isRetriable: ({ context, event }) => {
      if (event.type !== 'call.ended' || event.end.ok) return false
      // It has no such thing, and is as well as before.
      if (event.end.retryable && event.end.error.code === 'invalid_arguments') return true
      if (context.attempts.length >= maxAttempts) return false
      if (event.end.retryable) return true
      const { code } = event.end.error
      const isLost = code === 'connection_lost' || code === 'timed_out'
      return isLost && context.member !== undefined && isRepeatable(context.member)
    },
  },
  actions: {
    end: assign(({ context }, { error }: { error: CallError }) => ({ outcome: failed(context, error) })),
    report: ({ context }) => {
      const { input, outcome } = context
      const { callId, conversation } = input
      if (outcome) conversation.send({ type: 'call.ended', callId, outcome })
    },
    reportProgress: ({ context: { input }, event }) => {
      const { conversation, callId } = input
      if (event.type === 'call.progress')
        conversation.send({ type: 'call.progress', callId, progress: event.progress })
    },
    extendAtServer: ({ context: { server, input, deadlineAt } }) =>
      server?.send({ type: 'call.extend', callId: input.callId, deadlineAt }),
    cancelAtServer: ({ context }, { reason }: { reason: 'cancelled' | 'timed_out' }) =>
      context.server?.send({ type: 'call.cancel', callId: context.input.callId, reason }),
  },
})

const scheduleDeadline = callSetup.enqueueActions(({ enqueue }) => {
  enqueue.cancel('deadline')
  enqueue.raise({ type: 'deadline.passed' }, { delay: 'deadline', id: 'deadline' })
})

const retime = callSetup.enqueueActions(({ context, enqueue }) => {
  const times = retimed(context)
  if (times === undefined) return
  enqueue.assign(times)
  enqueue(scheduleDeadline)
})

const endAs = (errorOf: (context: CallContext) => CallError) =>
  ({
    type: 'end',
    params: ({ context }: { context: CallContext }) => ({ error: errorOf(context) }),
  }) as const

const startAtServer = callSetup.createAction(({ context: { member, input, deadlineAt }, self }) => {
  if (!member) return
  const { callId, arguments: args, conversation } = input
  const { inFlight, server, report } = member.entry
  inFlight.add(callId)
  server.send({
    type: 'call.start',
    callId,
    generation: report.generation,
    tool: member.tool,
    arguments: args,
    deadlineAt,
    caller: self,
    conversation,
  })
})

const ask = callSetup.enqueueActions(({ context, enqueue }) => {
  const [asked] = context.questions
  const server = context.attempts.at(-1)?.server
  if (!asked || server === undefined) return
  const { callId, conversation, now } = context.input
  enqueue.cancel('deadline')
  enqueue.assign({ askedAt: now(), unfitAnswers: 0 })
  enqueue(() => conversation.send({ type: 'question.asked', callId, server, ...asked }))
})

/** The question that is being asked is over. The server gets a reply, unless it does not wait for one. */
const endQuestion = (how: QuestionEnd, reply?: QuestionReply) =>
  callSetup.enqueueActions(({ context, enqueue }) => {
    const { server, questions, input } = context
    const { callId, conversation } = input
    const [asked] = questions
    if (!asked) return
    const { questionId } = asked
    enqueue.assign(withoutQuestion(context, questionId))
    enqueue(() => {
      if (reply) server?.send({ type: 'call.answer', callId, questionId, reply })
      conversation.send({ type: 'question.ended', callId, questionId, how })
    })
  })

const cancelQuestion = (how: QuestionEnd) => endQuestion(how, { action: 'cancel' })

const answerQuestion = callSetup.enqueueActions(({ context, event, enqueue }) => {
  const fitting = readAnswer(context, event)
  if (typeof fitting === 'object') enqueue(endQuestion(fitting.how, fitting.reply))
})

const refuseAnswer = callSetup.enqueueActions(({ context, event, enqueue }) => {
  const problem = readAnswer(context, event)
  const { callId, conversation } = context.input
  const [asked] = context.questions
  if (typeof problem !== 'string' || !asked) return
  const { questionId } = asked
  enqueue.assign({ unfitAnswers: context.unfitAnswers + 1 })
  enqueue(() => conversation.send({ type: 'question.refused', callId, questionId, problem }))
})

/** Its server asks no more; of the questions that wait, nobody has heard. */
const leaveServer = callSetup.createAction(({ context: { member, questions, input } }) => {
  const { callId, conversation } = input
  member?.entry.inFlight.delete(callId)
  const [asked] = questions
  if (asked) {
    conversation.send({ type: 'question.ended', callId, questionId: asked.questionId, how: 'withdrawn' })
  }
})

const settle = callSetup.assign(({ context, event }) => {
  if (event.type !== 'call.ended') return {}
  if (!event.end.ok) return { outcome: failed(context, event.end.error) }
  const { content, structured } = event.end
  const violated = resultViolation(context, structured)
  return { outcome: violated ? failed(context, violated) : answered(context, content, structured) }
})

/**
 * One function call. `routing → (waiting) → running → answered | failed`; while it runs, it may ask its caller.
 *
 * Retried: what surely never reached a tool, and what is repeatable on the configuration's word; each connection is asked
 * once. Told: the conversation, of exactly one outcome. Dropped: whatever comes after that.
 */
export const callMachine = callSetup.createMachine({
  id: 'call',
  context: ({ input }) => initialCall(input),
  initial: 'routing',
  entry: callSetup.raise({ type: 'deadline.passed' }, { delay: 'deadline', id: 'deadline' }),
  on: {
    interrupt: {
      guard: 'onlyReads',
      target: '.failed',
      actions: endAs(cancelled),
    },
    cancel: {
      target: '.failed',
      actions: endAs(cancelled),
    },
    'deadline.passed': {
      target: '.failed',
      actions: endAs(tooLate),
    },
  },
  states: {
    routing: {
      entry: assign(({ context }) => routed(context)),
      always: [
        { guard: 'hasServer', target: 'running' },
        { guard: 'mayGetServer', target: 'waiting' },
        {
          guard: 'hasAnswer',
          target: 'answered',
          actions: assign(({ context }) => ({
            outcome:
              context.decision.kind === 'answer'
                ? answered(context, [{ type: 'text', text: context.decision.text }])
                : undefined,
          })),
        },
        {
          target: 'failed',
          actions: assign(({ context }) => ({
            outcome:
              context.decision.kind === 'fail'
                ? failed(context, context.refusal ?? context.decision.error)
                : undefined,
          })),
        },
      ],
    },
    waiting: {
      entry: assign(({ context }) => ({
        patienceEndsAt: context.patienceEndsAt ?? context.input.now() + context.input.policy.patienceMs,
      })),
      invoke: { src: 'directoryChanges', input: ({ context }) => ({ directory: context.input.directory }) },
      on: { 'directory.changed': { target: 'routing', actions: retime } },
      after: {
        patience: {
          target: 'failed',
          actions: endAs(tooLate),
        },
      },
    },
    running: {
      entry: startAtServer,
      exit: leaveServer,
      initial: 'working',
      on: {
        'call.sent': {
          guard: 'isOfThisAttempt',
          actions: [
            assign({ sent: true }),
            ({ context: { input }, event }) => input.conversation.send({ callId: input.callId, ...event }),
          ],
        },
        'call.progress': {
          actions: [
            assign(({ context }) => ({
              deadlineAt: Math.min(context.lastDeadlineAt, context.input.now() + context.timeoutMs),
            })),
            scheduleDeadline,
            'extendAtServer',
            'reportProgress',
          ],
        },
        'call.question': [
          { guard: 'isAnother' },
          {
            guard: 'hasAskedTooMuch',
            actions: ({ context: { server, input }, event: { questionId } }) =>
              server?.send({
                type: 'call.answer',
                callId: input.callId,
                questionId,
                reply: { action: 'cancel' },
              }),
          },
          { actions: assign(({ context, event }) => queued(context, event)) },
        ],
        'call.ended': [
          { guard: 'isAnother' },
          { guard: 'isAnswer', target: 'answered', actions: settle },
          {
            guard: 'isRetriable',
            target: 'routing',
            actions: assign(({ context, event }) => (event.end.ok ? {} : note(context, event.end.error))),
          },
          { target: 'failed', actions: settle },
        ],
        interrupt: {
          guard: 'onlyReads',
          target: 'failed',
          actions: [{ type: 'cancelAtServer', params: { reason: 'cancelled' } }, endAs(cancelled)],
        },
        cancel: {
          target: 'failed',
          actions: [{ type: 'cancelAtServer', params: { reason: 'cancelled' } }, endAs(cancelled)],
        },
        'deadline.passed': {
          target: 'failed',
          actions: [{ type: 'cancelAtServer', params: { reason: 'timed_out' } }, endAs(tooLate)],
        },
      },
      states: {
        working: { always: { guard: 'hasQuestion', target: 'asking' } },
        /** The deadline stands still. */
        asking: {
          entry: ask,
          exit: [assign(({ context }) => resumed(context)), scheduleDeadline, 'extendAtServer'],
          after: { question: { target: 'working', actions: cancelQuestion('timed_out') } },
          on: {
            'question.answer': [
              { guard: 'isUnfitForGood', target: 'working', actions: cancelQuestion('cancelled') },
              { guard: 'isUnfit', actions: refuseAnswer },
              { guard: 'isBeingAsked', target: 'working', actions: answerQuestion },
            ],
            'call.question.withdrawn': [
              { guard: 'isBeingAsked', target: 'working', actions: endQuestion('withdrawn') },
              { actions: assign(({ context, event }) => withoutQuestion(context, event.questionId)) },
            ],
            'call.progress': { actions: 'reportProgress' },
            /** The caller speaks: that may be the answer. */
            interrupt: {},
          },
        },
      },
    },
    answered: { type: 'final', entry: 'report' },
    failed: { type: 'final', entry: 'report' },
  },
})
