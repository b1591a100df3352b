import { type Actor, type AnyActor, createActor } from 'xstate'
import { callError, messageOf } from '../contract/errors.ts'
import { longestTimerMs, type Policy } from '../contract/policy.ts'
import type {
  CallError,
  CallOptions,
  Conversation,
  FunctionInfo,
  JsonObject,
  Outcome,
  Progress,
  QuestionAnswer,
  QuestionEnd,
  SwitchboardEvent,
} from '../contract/protocol.ts'
import type {
  ChosenPrompt,
  ReadOptions,
  ReadOutcome,
  ReadRequest,
  ServerInstructions,
} from '../contract/reads.ts'
import type { conversationMachine } from '../machines/conversation.ts'
import { failedHere } from '../machines/conversation-context.ts'
import type { Directory } from '../machines/directory.ts'
import {
  answerQuestion,
  cancelCalls,
  confirmCall,
  declineQuestion,
  type QuestionToModel,
} from '../machines/fixed-functions.ts'
import { readResource } from '../machines/resource-reading.ts'
import { toolStatus } from '../machines/tool-status.ts'
import type { Dependencies } from './dependencies.ts'
import { OpenQuestions } from './open-questions.ts'
import { type Listener, Publisher } from './publisher.ts'
import { notRunning, readFrom } from './reading.ts'
import type { ServerPool } from './server-pool.ts'
import { type HostCommand, perform } from './witness.ts'

interface PendingCall {
  name: string
  arguments: JsonObject
  /** Whether `call.started` was told. */
  isTold: boolean
  resolve: (outcome: Outcome) => void
  onProgress: ((progress: Progress) => void) | undefined
  onQuestion: CallOptions['onQuestion']
  off: () => void
}

export interface ConversationParts {
  id: string
  directory: Directory
  policy: Policy
  dependencies: Dependencies
  /** Where events of servers and functions come from: of those that all share, and of its own. */
  serverEvents: { publisher: Publisher; isShared: boolean }[]
  /** Where the events of its calls go, besides its own listeners. */
  callEvents: Publisher
  /** Its own servers, started. */
  ownServers: ServerPool | undefined
  /** Whether the switchboard has been started and not stopped. */
  isOpen: () => boolean
  /** Every call has its outcome, and its own servers are about to be closed. */
  onEnding: () => void
  onEnded: () => void
}

/** A conversation machine behind the public interface. */
export class LiveConversation implements Conversation {
  readonly id: string
  readonly #actor: Actor<typeof conversationMachine>
  readonly #pending = new Map<string, PendingCall>()
  readonly #questions = new OpenQuestions((...answer) => this.#tellAnswer(...answer))
  readonly #publisher = new Publisher()
  readonly #quiet: Promise<void>
  readonly #offs: (() => void)[] = []
  /** Forms that models are asked, by the question's id. */
  readonly #forms = new Map<string, QuestionToModel>()
  /** The question that is put to the caller now. */
  #due: string | undefined
  /** Nobody waits for what is read. */
  readonly #over = new AbortController()
  #isEnding = false
  #ending: Promise<void> | undefined

  constructor(private readonly parts: ConversationParts) {
    const { directory, policy, dependencies } = parts
    this.id = parts.id
    const { now, random, clock, conversation, inspect } = dependencies
    this.#actor = createActor(conversation, {
      input: { directory, policy, now, random },
      clock,
      ...(inspect === undefined ? {} : { inspect }),
    })
    this.#quiet = new Promise((resolve) => {
      this.#actor.subscribe({
        complete: resolve,
        error: (error) => {
          this.#break(error)
          resolve()
        },
      })
    })
    this.#relayCalls()
    this.#relayQuestions()
    this.#relayDueQuestions()
    for (const { publisher, isShared } of parts.serverEvents) {
      this.#offs.push(publisher.subscribe((event) => this.#relayServers(event, isShared)))
    }
    this.#perform({ type: 'conversation.open', conversation: this, directory, id: this.id }, () =>
      this.#actor.start(),
    )
  }

  get actor(): AnyActor {
    return this.#actor
  }

  get functions(): FunctionInfo[] {
    const { directory } = this.parts
    const offered = directory.functions()
    const question = this.#forms.get(this.#due ?? '')
    return [
      ...offered,
      ...(directory.needsConfirmation ? [confirmCall] : []),
      ...(offered.length > 0 ? [cancelCalls] : []),
      ...(directory.offersResources ? [readResource] : []),
      ...(question ? [answerQuestion(question), declineQuestion] : []),
      toolStatus,
    ]
  }

  get instructions(): ServerInstructions[] {
    return this.parts.directory.instructions()
  }

  get prompts(): ChosenPrompt[] {
    return this.parts.directory.prompts()
  }

  read(server: string, request: ReadRequest, options: ReadOptions = {}): Promise<ReadOutcome> {
    const { directory, policy, dependencies } = this.parts
    const signals = [this.#over.signal, ...(options.signal === undefined ? [] : [options.signal])]
    const parts = { directory, policy, dependencies, closed: this.#closedReason() }
    return readFrom(parts, server, request, { ...options, signal: AbortSignal.any(signals) })
  }

  call(name: string, args: JsonObject, options: CallOptions = {}): Promise<Outcome> {
    const callId = this.parts.dependencies.newId()
    const closed = this.#closedReason()
    if (closed !== undefined) return refused(callId, callError('server_unavailable', 'none', closed))
    const { signal, onProgress, onQuestion, response, confirmed } = options
    if (signal?.aborted) return refused(callId, callError('cancelled', 'none', `${name} was cancelled.`))
    if (Number.isNaN(options.timeoutMs)) {
      const happened = `${name} was not called: its timeoutMs is not a number.`
      return refused(callId, callError('invalid_arguments', 'none', happened))
    }
    const timeoutMs = options.timeoutMs && Math.min(options.timeoutMs, longestTimerMs)
    return new Promise((resolve) => {
      const cancel = () =>
        this.#perform({ type: 'function.cancel', conversation: this, callId }, () =>
          this.#actor.send({ type: 'function.cancel', callId }),
        )
      signal?.addEventListener('abort', cancel, { once: true })
      const off = () => signal?.removeEventListener('abort', cancel)
      const pending = { name, arguments: args, isTold: false, resolve, onProgress, onQuestion, off }
      this.#pending.set(callId, pending)
      this.parts.dependencies.telemetry?.called(callId)
      const call = { callId, name, arguments: args, timeoutMs, response, confirmed }
      this.#perform({ type: 'function.call', ...call, conversation: this }, () => {
        this.parts.directory.countCall(1)
        this.#actor.send({ type: 'function.call', ...call })
      })
    })
  }

  /** As if `onQuestion` had given it, which gives it in a promise. */
  answer(callId: string, questionId: string, answer: QuestionAnswer): void {
    this.#questions.answer(callId, questionId, answer)
  }

  interrupt(): void {
    this.#perform({ type: 'conversation.interrupt', conversation: this }, () =>
      this.#actor.send({ type: 'interrupt' }),
    )
  }

  speaking(who: 'caller' | 'agent', isSpeaking: boolean): void {
    this.#perform({ type: 'conversation.speaking', conversation: this, who, isSpeaking }, () =>
      this.#actor.send({ type: 'speech.changed', who, isSpeaking }),
    )
  }

  heard(questionId: string): void {
    this.#perform({ type: 'conversation.heard', conversation: this, questionId }, () =>
      this.#actor.send({ type: 'question.heard', questionId }),
    )
  }

  end(): Promise<void> {
    // Set first: a listener that hears of an end may call again.
    this.#isEnding = true
    this.#over.abort()
    this.#ending ??= this.#end()
    return this.#ending
  }

  subscribe(listener: Listener): () => void {
    return this.#publisher.subscribe(listener)
  }

  #closedReason(): string | undefined {
    if (!this.parts.isOpen()) return notRunning
    if (this.#isEnding || this.#actor.getSnapshot().status !== 'active') return 'The conversation has ended.'
    return undefined
  }

  async #end(): Promise<void> {
    this.#perform({ type: 'conversation.end', conversation: this }, () => this.#actor.send({ type: 'end' }))
    await this.#quiet
    // That they close now is no news of theirs.
    this.parts.onEnding()
    await this.parts.ownServers?.stop()
    for (const off of this.#offs) off()
    this.parts.onEnded()
  }

  #relayCalls(): void {
    const { now } = this.parts.dependencies
    const conversationId = this.id
    this.#actor.on('call.started', (event) => {
      const pending = this.#pending.get(event.callId)
      if (pending) pending.isTold = true
      this.#publish({ at: now(), conversationId, ...event })
    })
    this.#actor.on('call.sent', (event) => this.#publish({ at: now(), conversationId, ...event }))
    this.#actor.on('call.progress', ({ type, callId, progress }) => {
      this.#tellProgress(callId, progress)
      this.#publish({ type, at: now(), callId, conversationId, ...progress })
    })
    this.#actor.on('silence.noticed', (event) => this.#publish({ at: now(), conversationId, ...event }))
    this.#actor.on('call.ended', ({ function: name, outcome }) => this.#endCall(name, outcome))
  }

  #endCall(name: string, outcome: Outcome): void {
    const { callId } = outcome
    // An actor that broke has not said that nobody waits for an answer.
    for (const questionId of this.#questions.ofCall(callId)) this.#endQuestion(questionId, 'withdrawn')
    const at = this.parts.dependencies.now()
    this.#publish({ type: 'call.ended', at, callId, conversationId: this.id, function: name, outcome })
    const pending = this.#pending.get(callId)
    if (!pending) return
    this.#pending.delete(callId)
    this.parts.directory.countCall(-1)
    pending.off()
    pending.resolve(outcome)
  }

  #relayQuestions(): void {
    const { now } = this.parts.dependencies
    const conversationId = this.id
    this.#actor.on('question.asked', ({ callId, questionId, server, function: name, question, ofModel }) => {
      const { mode, message } = question
      const facts = { questionId, callId, conversationId, function: name, server, mode, message }
      const onQuestion = this.#pending.get(callId)?.onQuestion
      this.#questions.add(facts, question, onQuestion)
      if (ofModel && question.mode === 'form') {
        this.#forms.set(questionId, { server, message, schema: question.schema })
        this.#publish({ type: 'question.asked', at: now(), ...facts })
        return
      }
      this.#publish({ type: 'question.asked', at: now(), ...facts })
      this.#questions.ask(questionId)
    })
    this.#actor.on('question.refused', ({ questionId, problem }) => this.#questions.ask(questionId, problem))
    this.#actor.on('question.ended', ({ questionId, how }) => {
      if (questionId !== this.#due) this.#forms.delete(questionId)
      this.#endQuestion(questionId, how)
    })
  }

  #relayDueQuestions(): void {
    const { now } = this.parts.dependencies
    const conversationId = this.id
    this.#actor.on('question.due', (event) => {
      this.#setDue(event.questionId)
      this.#publish({ at: now(), conversationId, ...event })
    })
    this.#actor.on('question.over', (event) => {
      this.#setDue(undefined)
      this.#publish({ at: now(), conversationId, ...event })
    })
  }

  /** A form can be answered while it is put to the caller. */
  #setDue(questionId: string | undefined): void {
    const before = this.#due
    if (before === questionId) return
    this.#due = questionId
    const wasForm = this.#forms.delete(before ?? '')
    if (wasForm || this.#forms.has(questionId ?? '')) this.#publishFunctions()
  }

  #endQuestion(questionId: string, how: QuestionEnd): void {
    const facts = this.#questions.end(questionId, how)
    if (facts) this.#publish({ type: 'question.ended', at: this.parts.dependencies.now(), how, ...facts })
  }

  #tellAnswer(callId: string, questionId: string, answer: QuestionAnswer): void {
    const told = { type: 'question.answer', callId, questionId, answer } as const
    this.#perform({ conversation: this, ...told }, () => this.#actor.send(told))
  }

  #tellProgress(callId: string, progress: Progress): void {
    try {
      this.#pending.get(callId)?.onProgress?.(progress)
    } catch (error) {
      process.emitWarning(`onProgress threw: ${messageOf(error)}`, 'SwitchboardWarning')
    }
  }

  /** What one conversation is asked, no other is told. */
  #publishFunctions(): void {
    const { functions } = this
    this.#publisher.publish({ type: 'functions.changed', at: this.parts.dependencies.now(), functions })
  }

  #relayServers(event: SwitchboardEvent, isShared: boolean): void {
    // What a shared server logs may be of another caller.
    if (isShared && event.type === 'server.logged') return
    // A change concerns every conversation, and most have nobody who wants to know.
    if (!this.#publisher.hasListeners) return
    const mine = event.type === 'functions.changed' ? { ...event, functions: this.functions } : event
    this.#publisher.publish(mine)
  }

  #perform(command: HostCommand, work: () => void): void {
    perform(this.parts.dependencies.witness, command, work)
  }

  #publish(event: SwitchboardEvent): void {
    this.parts.dependencies.witness?.published(event)
    this.#publisher.publish(event)
    this.parts.callEvents.publish(event)
  }

  /** The machine threw: a bug of ours. Whoever waits or listens hears of it, and servers that nobody waits any more. */
  #break(error: unknown): void {
    if (this.#pending.size === 0) return
    const { calls } = this.#actor.getSnapshot().context
    const conversationId = this.id
    const happened = 'The conversation ended by a fault of this program.'
    const failure = callError('connection_lost', 'unknown', happened, { cause: messageOf(error) })
    for (const [callId, { name, arguments: args, isTold }] of this.#pending) {
      if (!isTold) {
        const at = this.parts.dependencies.now()
        this.#publish({ type: 'call.started', at, callId, conversationId, function: name, arguments: args })
      }
      this.#endCall(name, failedHere(callId, failure))
    }
    // XState leaves the children of an actor that throws to themselves.
    for (const { call } of calls.values()) call.send({ type: 'cancel' })
  }
}

/** Before anybody has heard of the call. */
function refused(callId: string, error: CallError): Promise<Outcome> {
  return Promise.resolve(failedHere(callId, error))
}
