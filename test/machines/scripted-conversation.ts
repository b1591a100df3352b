import { onTestFinished } from 'vitest'
import { createActor, type InspectionEvent, SimulatedClock } from 'xstate'
import { serverOptionsSchema } from '../../src/config/definition.ts'
import type { AskedQuestion, CallEnd } from '../../src/contract/connection.ts'
import { callError } from '../../src/contract/errors.ts'
import { type PolicyOptions, parsePolicy } from '../../src/contract/policy.ts'
import type { CallError, Effect, ErrorCode, Outcome } from '../../src/contract/protocol.ts'
import { callMachine } from '../../src/machines/call.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import type {
  ConversationEvent,
  ConversationNews,
  FunctionCall,
} from '../../src/machines/conversation-context.ts'
import { Directory, type ServerReport } from '../../src/machines/directory.ts'
import type { CallNews, Receiver, ServerCommand } from '../../src/machines/messages.ts'
import { seatQuestion } from './scripted-call.ts'
import { type Options, reportOf, startedAt } from './scripted-directory.ts'

/** What servers say of a failed call: `The <code> of <server>.` */
export function refusal(
  server: string,
  code: ErrorCode = 'server_unavailable',
  effect: Effect = 'none',
): CallError {
  return callError(code, effect, `The ${code} of ${server}.`)
}

const newsTypes = [
  ...(['call.started', 'call.sent', 'call.progress', 'call.ended', 'silence.noticed'] as const),
  ...(['question.asked', 'question.refused', 'question.ended'] as const),
]

type Inspect = (event: InspectionEvent) => void

type WithoutActors<Command> = Command extends unknown ? Omit<Command, 'caller' | 'conversation'> : never
type Heard = WithoutActors<ServerCommand>

/** A conversation whose servers and time are in the hands of a test. Its call is `1` where no other is named. */
export class ScriptedConversation {
  readonly clock = new SimulatedClock()
  readonly directory = new Directory()
  readonly news: ConversationNews[] = []
  /** What servers were told, the server first. */
  readonly told: [server: string, command: Heard][] = []
  /** The final states of its calls, in turn. */
  readonly ends: unknown[] = []
  /** The question that is put to the caller, and how often questions were. */
  due: string | undefined
  readonly puts: string[] = []
  /** What chance gives, in turn; then 0. */
  readonly dice: number[] = []
  readonly actor
  /** By call: who has it, or had it last. */
  readonly #askers = new Map<string, { server: string; generation: number; caller: Receiver<CallNews> }>()

  constructor(policy: PolicyOptions = {}, call = callMachine, inspect: Inspect = () => {}) {
    this.actor = createActor(conversationMachine.provide({ actors: { call } }), {
      clock: this.clock,
      inspect: (event) => {
        inspect(event)
        if (event.type !== '@xstate.snapshot' || event.actorRef === this.actor) return
        if (event.snapshot.status === 'done' && 'value' in event.snapshot)
          this.ends.push(event.snapshot.value)
      },
      input: {
        directory: this.directory,
        policy: parsePolicy(policy),
        now: () => this.now,
        random: () => this.dice.shift() ?? 0,
      },
    })
    for (const type of newsTypes) {
      this.actor.on(type, (news) => void this.news.push(news))
    }
    this.actor.on('question.due', ({ questionId }) => {
      this.due = questionId
      this.puts.push(questionId)
    })
    this.actor.on('question.over', () => {
      this.due = undefined
    })
    this.actor.start()
    onTestFinished(() => void this.actor.stop())
  }

  get now(): number {
    return startedAt + this.clock.now()
  }

  get outcomes(): Outcome[] {
    return this.news.flatMap((news) => (news.type === 'call.ended' ? news.outcome : []))
  }

  /** Which servers were given a call, in turn. */
  get asked(): string[] {
    return this.told.flatMap(([server, { type }]) => (type === 'call.start' ? server : []))
  }

  /** What servers were told after they had got their calls. */
  get toldLater(): [server: string, command: Heard][] {
    return this.told.filter(([, { type }]) => type !== 'call.start')
  }

  /** The calls that have a place at a server. */
  inFlight(server: string): string[] {
    return [...(this.directory.entry(server)?.inFlight ?? [])]
  }

  serve(name: string, changes: Partial<ServerReport> = {}, options: Options = {}): this {
    const report = reportOf(name, { since: this.now, ...changes })
    this.directory.update(report, serverOptionsSchema.parse(options), {
      send: (command) => this.#hear(name, command),
    })
    return this
  }

  call(name = 'charge', options: Partial<Omit<FunctionCall, 'name'>> = {}): this {
    return this.send({ type: 'function.call', callId: '1', name, arguments: {}, ...options })
  }

  send(event: ConversationEvent): this {
    this.actor.send(event)
    return this
  }

  cancel(callId = '1'): this {
    return this.send({ type: 'function.cancel', callId })
  }

  /** Somebody begins to speak, or ends. */
  speaks(who: 'caller' | 'agent', isSpeaking = true): this {
    return this.send({ type: 'speech.changed', who, isSpeaking })
  }

  /** The caller hears the question that is due, whole. */
  hears(questionId = this.due ?? 'nothing'): this {
    return this.send({ type: 'question.heard', questionId })
  }

  /** From begin to end. */
  says(who: 'caller' | 'agent'): this {
    return this.speaks(who).speaks(who, false)
  }

  wait(ms: number): this {
    this.clock.increment(ms)
    return this
  }

  /** Whoever has the call writes its first byte. */
  sent(callId = '1', of: { server?: string; generation?: number } = {}): this {
    const { caller, ...attempt } = this.#asker(callId)
    caller.send({ type: 'call.sent', ...attempt, ...of })
    return this
  }

  progress(callId = '1', message?: string): this {
    const progress = { progress: 1, ...(message === undefined ? {} : { message }) }
    this.#asker(callId).caller.send({ type: 'call.progress', progress })
    return this
  }

  /** Whoever has the call asks its caller something. */
  ask(questionId: string, callId = '1', question: AskedQuestion = seatQuestion): this {
    const { caller, ...attempt } = this.#asker(callId)
    caller.send({ type: 'call.question', ...attempt, questionId, question })
    return this
  }

  /** Of whoever has the call. */
  tell(news: CallNews, callId = '1'): this {
    this.#asker(callId).caller.send(news)
    return this
  }

  answer(
    end: Omit<Extract<CallEnd, { ok: true }>, 'ok'>,
    callId = '1',
    of: { server?: string; generation?: number } = {},
  ): this {
    const { caller, ...attempt } = this.#asker(callId)
    caller.send({ type: 'call.ended', ...attempt, ...of, end: { ok: true, ...end } })
    return this
  }

  /** `refusal(…)` of whoever has the call; `retryable` where its effect is none. */
  refuse(code: ErrorCode = 'server_unavailable', effect: Effect = 'none', callId = '1'): this {
    const { caller, ...attempt } = this.#asker(callId)
    const end: CallEnd = {
      ok: false,
      error: refusal(attempt.server, code, effect),
      retryable: effect === 'none',
    }
    caller.send({ type: 'call.ended', ...attempt, end })
    return this
  }

  #hear(server: string, command: ServerCommand): void {
    if (command.type !== 'call.start') {
      this.told.push([server, command])
      return
    }
    const { caller, conversation: _, ...heard } = command
    this.#askers.set(command.callId, { server, generation: command.generation, caller })
    this.told.push([server, heard])
  }

  #asker(callId: string) {
    const asker = this.#askers.get(callId)
    if (!asker) throw new Error(`no server has call ${callId}`)
    return asker
  }
}
