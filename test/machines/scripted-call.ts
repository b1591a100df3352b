import { type ActorOptions, createActor, SimulatedClock } from 'xstate'
import type { AskedQuestion, CallEnd } from '../../src/contract/connection.ts'
import { type PolicyOptions, parsePolicy } from '../../src/contract/policy.ts'
import type { QuestionAnswer, Tool } from '../../src/contract/protocol.ts'
import { callMachine } from '../../src/machines/call.ts'
import { Directory, type ServerReport } from '../../src/machines/directory.ts'
import type { CallReport, ServerCommand } from '../../src/machines/messages.ts'
import { entry, tool } from './scripted-server.ts'

type Inspect = NonNullable<ActorOptions<typeof callMachine>['inspect']>

interface Scene {
  inspect?: Inspect
  policy?: PolicyOptions
  annotations?: Tool['annotations']
}

export const seatQuestion = {
  mode: 'form',
  message: 'Which seat?',
  schema: { type: 'object', properties: { seat: { type: 'string', maxLength: 3 } }, required: ['seat'] },
} satisfies AskedQuestion

/** A call that runs, whose server, conversation and time are in the hands of a test. */
export class ScriptedCall {
  readonly clock = new SimulatedClock()
  readonly directory = new Directory()
  /** What its server was told. */
  readonly commands: Exclude<ServerCommand, { type: 'call.start' }>[] = []
  /** What its conversation was told. */
  readonly told: CallReport[] = []
  readonly actor

  constructor({ inspect, policy = {}, annotations = {} }: Scene = {}) {
    const report: ServerReport = {
      ...{ name: 'bank', state: 'ready', since: 0, generation: 1, transport: 'stdio' },
      ...{ listed: true, tools: [{ ...tool, annotations }], rejected: [] },
    }
    this.directory.update(report, entry.definition.options, {
      send: (command) => void (command.type !== 'call.start' && this.commands.push(command)),
    })
    this.actor = createActor(callMachine, {
      ...{ clock: this.clock, ...(inspect === undefined ? {} : { inspect }) },
      input: {
        ...{ callId: '1', functionName: 'charge', arguments: {}, timeoutMs: undefined },
        directory: this.directory,
        policy: parsePolicy(policy),
        now: () => this.clock.now(),
        conversation: { send: (news) => this.told.push(news) },
      },
    }).start()
  }

  sent(): this {
    this.actor.send({ type: 'call.sent', server: 'bank', generation: 1 })
    return this
  }

  ask(questionId: string, question: AskedQuestion = seatQuestion): this {
    this.actor.send({ type: 'call.question', server: 'bank', generation: 1, questionId, question })
    return this
  }

  answer(questionId: string, answer: QuestionAnswer): this {
    this.actor.send({ type: 'question.answer', questionId, answer })
    return this
  }

  end(end: CallEnd = { ok: true, content: [] }): this {
    this.actor.send({ type: 'call.ended', server: 'bank', generation: 1, end })
    return this
  }

  wait(ms: number): this {
    this.clock.increment(ms)
    return this
  }
}

const callId = '1'

export const asked = (questionId: string, question: AskedQuestion = seatQuestion): CallReport => ({
  ...{ type: 'question.asked', callId, server: 'bank', questionId, question },
})

export const ended = (
  questionId: string,
  how: Extract<CallReport, { type: 'question.ended' }>['how'],
): CallReport => ({ type: 'question.ended', callId, questionId, how })

export const reply = (
  questionId: string,
  reply: Extract<ServerCommand, { type: 'call.answer' }>['reply'],
): ServerCommand => ({ type: 'call.answer', callId, questionId, reply })

export const extended = (deadlineAt: number): ServerCommand => ({ type: 'call.extend', callId, deadlineAt })
