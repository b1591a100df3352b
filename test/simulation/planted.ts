import { emit, StateMachine } from 'xstate'
import { callMachine } from '../../src/machines/call.ts'
import { answered, failed } from '../../src/machines/call-context.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { reportOf, type ServerEvent } from '../../src/machines/server-context.ts'
import type { Invariant } from './invariants.ts'
import { type Machines, productionMachines } from './machines.ts'
import { ownPlaces } from './scenery.ts'

export interface PlantedBug {
  words: string
  /** All that are violated with it, and no other: first the one that it is planted for. */
  violates: readonly [Invariant, ...Invariant[]]
  machines: Machines
}

const hourMs = 3_600_000

const inServer = (server: typeof serverMachine) => ({ ...productionMachines, server })
const inCall = (call: typeof callMachine) => ({ ...productionMachines, call })
const inConversation = (conversation: typeof conversationMachine) => ({ ...productionMachines, conversation })

/** The same machine, whose outcomes are told once more. */
function tellingTwice({ config, implementations }: typeof conversationMachine): typeof conversationMachine {
  const ended = config.on?.['call.ended']
  if (!Array.isArray(ended)) throw new Error('outcomes are told elsewhere now')
  const twice = ended.map((one) => ({
    ...one,
    actions: [emit(({ event }) => event), ...[one.actions].flat()],
  }))
  return new StateMachine({ ...config, on: { ...config.on, 'call.ended': twice } }, implementations)
}

/** The same machine, which takes the tools of its last connection in every state. */
function believingWhatItLeft({ config, implementations }: typeof serverMachine): typeof serverMachine {
  const on = { ...config.on, 'connection.tools': { guard: 'isCurrent', actions: 'rememberTools' } }
  return new StateMachine({ ...config, on }, implementations)
}

/** The same machine, which passes answers on with this guard. */
function withAnswers(
  { config, implementations }: typeof serverMachine,
  guard: ({ event }: { event: ServerEvent }) => boolean,
): typeof serverMachine {
  const answer = config.on?.['call.answer']
  if (typeof answer !== 'object' || !('actions' in answer))
    throw new Error('answers are passed on elsewhere now')
  const on = { ...config.on, 'call.answer': { ...answer, guard } }
  return new StateMachine({ ...config, on }, implementations)
}

/** For each invariant bugs that it has to notice: a policy of the machines, replaced by a wrong one. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    words: 'a call that was cancelled is never reported',
    violates: ['one outcome', 'in time', 'nothing left'],
    machines: inCall(
      callMachine.provide({
        actions: {
          report: ({
            context: {
              input: { callId, conversation },
              outcome,
            },
          }) => {
            if (outcome?.ok === false && outcome.error.code === 'cancelled') return
            if (outcome) conversation.send({ type: 'call.ended', callId, outcome })
          },
        },
      }),
    ),
  },
  {
    words: 'an outcome is told twice',
    violates: ['one outcome'],
    machines: inConversation(tellingTwice(conversationMachine)),
  },
  {
    words: 'a time-out after the sending is told as nothing done',
    violates: ['none is none'],
    machines: inCall(
      callMachine.provide({
        actions: {
          end: ({ context }, { error }) => {
            context.outcome = failed(context, { ...error, effect: 'none' })
          },
        },
      }),
    ),
  },
  {
    words: 'a call that was cut short is told as answered',
    violates: ['ok is ok'],
    machines: inCall(
      callMachine.provide({
        actions: {
          end: ({ context }) => {
            context.outcome = answered(context, [{ type: 'text', text: 'MCP search successful' }])
          },
        },
      }),
    ),
  },
  {
    words: 'whatever failed is tried again',
    violates: ['at most once'],
    machines: inCall(
      callMachine.provide({
        guards: { isRetriable: ({ event }) => event.type === 'call.ended' && !event.end.ok },
      }),
    ),
  },
  {
    words: 'the deadline comes a second late',
    violates: ['in time'],
    machines: inCall(
      callMachine.provide({
        delays: { deadline: ({ context }) => context.deadlineAt - context.input.now() + 1_000 },
      }),
    ),
  },
  {
    words: 'the deadline comes a second late for whoever was asked something',
    violates: ['in time'],
    machines: inCall(
      callMachine.provide({
        delays: {
          deadline: ({ context: { deadlineAt, input, questionsSoFar } }) =>
            deadlineAt - input.now() + (questionsSoFar > 0 ? 1_000 : 0),
        },
      }),
    ),
  },
  {
    words: 'a question is asked of whoever called last',
    violates: ['right caller'],
    machines: inServer(
      serverMachine.provide({
        guards: {
          isCurrent: ({ context, event }) => {
            const last = [...context.calls.keys()].at(-1)
            if (event.type === 'connection.question' && last !== undefined) event.callId = last
            return 'generation' in event && event.generation === context.generation
          },
        },
      }),
    ),
  },
  {
    words: 'an answer goes to nobody',
    violates: ['right answer'],
    machines: inServer(
      withAnswers(serverMachine, ({ event }) => 'reply' in event && event.reply.action === 'cancel'),
    ),
  },
  {
    words: 'whoever is asked agrees',
    violates: ['right answer'],
    machines: inServer(
      withAnswers(serverMachine, ({ event }) => {
        if (event.type === 'call.answer') event.reply = { action: 'accept', content: { seat: '1A' } }
        return true
      }),
    ),
  },
  {
    words: 'a question is over before its caller can answer',
    violates: ['right answer'],
    machines: inCall(callMachine.provide({ delays: { question: 50 } })),
  },
  {
    words: 'a question waits for its caller for ever',
    violates: ['right answer', 'in time'],
    machines: inCall(callMachine.provide({ delays: { question: hourMs } })),
  },
  {
    words: 'the wait before another attempt has no cap',
    violates: ['back again'],
    machines: inServer(serverMachine.provide({ delays: { backOff: hourMs } })),
  },
  {
    words: 'a server that only one conversation has is given up',
    violates: ['back again'],
    machines: inServer(
      serverMachine.provide({
        delays: {
          backOff: ({
            context: {
              entry,
              nextAttemptAt = 0,
              host: { now },
            },
          }) => (entry.name in ownPlaces ? hourMs : Math.max(0, nextAttemptAt - now())),
        },
      }),
    ),
  },
  {
    words: 'events of every generation count',
    violates: ['old is dead'],
    machines: inServer(serverMachine.provide({ guards: { isCurrent: () => true, isStale: () => false } })),
  },
  {
    words: 'a server tells of itself whenever an older connection says something',
    violates: ['old is dead'],
    machines: inServer(
      serverMachine.provide({
        guards: {
          isCurrent: ({ context, event }) => {
            if ('generation' in event && event.generation === context.generation) return true
            context.host.supervisor.send({ type: 'server.changed', report: reportOf(context) })
            return false
          },
        },
      }),
    ),
  },
  {
    words: 'a server that waits believes the connection which it left',
    violates: ['old is dead'],
    machines: inServer(believingWhatItLeft(serverMachine)),
  },
  {
    words: 'a server ends before its connections are closed',
    violates: ['nothing left'],
    machines: inServer(serverMachine.provide({ guards: { isGone: () => true } })),
  },
  {
    words: 'a call that has ended keeps its place',
    violates: ['nothing left', 'back again'],
    machines: inCall(
      callMachine.provide({
        actions: {
          report: ({
            context: {
              input: { callId, conversation },
              outcome,
              member,
            },
          }) => {
            member?.entry.inFlight.add(callId)
            if (outcome) conversation.send({ type: 'call.ended', callId, outcome })
          },
        },
      }),
    ),
  },
  {
    words: 'a call that has ended listens on',
    violates: ['nothing left'],
    machines: inCall(
      callMachine.provide({
        actions: {
          report: ({
            context: {
              input: { callId, conversation, directory },
              outcome,
            },
          }) => {
            directory.onChange(() => {})
            if (outcome) conversation.send({ type: 'call.ended', callId, outcome })
          },
        },
      }),
    ),
  },
]
