import { type llm, voice } from '@livekit/agents'
import {
  createMCPToolset,
  createRealtimeModel,
  ensureLogger,
  honestyInstructions,
  startVoiceSession,
} from '../../src/agent/index.ts'
import type { Conversation } from '../../src/index.ts'
import { CallerAudioInput, type CallerAudioInputOptions } from '../../src/rehearsal/call/audio-input.ts'
import { CallerAudioOutput, type CallerAudioOutputOptions } from '../../src/rehearsal/call/audio-output.ts'
import { type CallClock, createCallClock } from '../../src/rehearsal/call/clock.ts'
import { PlayedUtterances } from '../../src/rehearsal/call/played-utterances.ts'
import {
  type Rehearsal,
  type RehearsalEvent,
  type Speech,
  startRehearsal,
} from '../../src/rehearsal/index.ts'
import { sampleRate } from '../../src/rehearsal/pcm.ts'
import { Line } from './line.ts'
import { until } from './until.ts'

const callerVoice = 'rms'
/** A voice activity detector learns the noise of the line first. */
const silenceBeforeMs = 1_200

export type PhoneOptions = Omit<CallerAudioInputOptions, 'clock'> &
  Omit<CallerAudioOutputOptions, 'clock'> & {
    /** Of the application. */
    ownTools?: readonly llm.ToolContextEntry[]
  }

/** The rehearsal, and what it was told and did on all its lines. */
export class Exchange {
  readonly facts: RehearsalEvent[] = []
  #rehearsal: Rehearsal | undefined
  #line: Line | undefined

  /** How much faster than in a call sound flows. */
  constructor(readonly speed = 1) {}

  async open(): Promise<void> {
    ensureLogger()
    this.#rehearsal = await startRehearsal({ onEvent: (event) => this.facts.push(event) })
    this.#line = await Line.to(this.#rehearsal.url)
  }

  async close(): Promise<void> {
    await this.#line?.close()
    await this.#rehearsal?.close()
  }

  /** The agent loses its connection to the model. */
  cut(): void {
    this.#line?.cut()
  }

  /** How often the model was connected. */
  get connections(): number {
    return this.facts.filter(({ type }) => type === 'connected').length
  }

  /** Calls that the model made and has no output of. */
  get openCalls(): string[] {
    const answered = new Set(this.facts.flatMap((fact) => (fact.type === 'answered' ? fact.callId : [])))
    return this.facts.flatMap((fact) =>
      fact.type === 'called' && !answered.has(fact.callId) ? fact.function : [],
    )
  }

  get speech(): Speech {
    return this.#started.rehearsal.speech
  }

  /** Of the model. */
  get url(): string {
    const { rehearsal, line } = this.#started
    return line.urlLike(rehearsal.url)
  }

  get #started(): { rehearsal: Rehearsal; line: Line } {
    if (!this.#rehearsal || !this.#line) throw new Error('the exchange is not open')
    return { rehearsal: this.#rehearsal, line: this.#line }
  }

  /** One that is not connected yet. */
  phone(conversation: Conversation, options: PhoneOptions = {}): Phone {
    this.facts.length = 0
    return new Phone(this, conversation, options)
  }
}

/** A caller with a mouth and ears: what counts is what can be said and heard. */
export class Phone {
  readonly problems: string[] = []
  readonly clock: CallClock
  /** What the agent has said without a pause, as far as the caller heard it. */
  readonly #utterances: Int16Array[] = []
  readonly #hearing = new PlayedUtterances()
  readonly #input: CallerAudioInput
  readonly #output: CallerAudioOutput
  readonly #ownTools: readonly llm.ToolContextEntry[]
  #close: (() => Promise<void>) | undefined
  session: voice.AgentSession | undefined

  constructor(
    private readonly exchange: Exchange,
    private readonly conversation: Conversation,
    { onSpeech, onPlayed, ownTools = [] }: PhoneOptions,
  ) {
    this.#ownTools = ownTools
    const clock = createCallClock(exchange.speed)
    this.clock = clock
    this.#input = new CallerAudioInput({ clock, ...(onSpeech === undefined ? {} : { onSpeech }) })
    const hear = (pcm: Int16Array, atMs: number) => {
      this.#hearing.add(pcm, atMs)
      onPlayed?.(pcm, atMs)
    }
    this.#output = new CallerAudioOutput({ clock, onPlayed: hear })
    this.#output.on(voice.AudioOutput.EVENT_PLAYBACK_FINISHED, () => this.#endUtterance())
  }

  async connect(): Promise<void> {
    const { conversation } = this
    const tools = [...this.#ownTools, createMCPToolset(conversation)]
    const agent = new voice.Agent({ instructions: honestyInstructions, tools })
    const started = await startVoiceSession({
      agent,
      model: createRealtimeModel({ provider: 'rehearsal', baseURL: this.exchange.url }),
      conversation,
      audio: { input: this.#input, output: this.#output },
      onProblem: ({ message }) => this.problems.push(message),
    })
    this.#close = started.close
    this.session = started.session
    this.#input.open()
    await new Promise<void>((resolve) => this.clock.after(silenceBeforeMs, resolve))
  }

  /** Resolves when it has been said. */
  async say(text: string): Promise<void> {
    const { pcm } = await this.exchange.speech.say(text, { voice: callerVoice })
    await this.#input.speak(pcm)
  }

  /** The model has taken what was said for a call of this function, for the nth time in this call. */
  async untilCalled(name: string, times = 1): Promise<void> {
    await until(() => this.#calls(name) >= times, `the model calls ${name}`)
  }

  /** The model knows that this can be said, or that it cannot any more. */
  async untilSayable(sentence: string, isSayable = true): Promise<void> {
    const known = () => this.exchange.facts.findLast((fact) => fact.type === 'tools')?.sayable ?? []
    await until(() => known().includes(sentence) === isSayable, `the model knows whether “${sentence}”`)
  }

  /** The model hears that somebody speaks. */
  async untilCallerIsHeard(): Promise<void> {
    await until(() => this.session?.userState === 'speaking', 'the caller is heard')
  }

  async untilAgentSpeaks(): Promise<void> {
    await until(() => this.session?.agentState === 'speaking', 'the agent speaks')
  }

  /** Resolves when the agent's nth utterance is over. */
  async untilHeard(count: number): Promise<void> {
    await until(() => this.#utterances.length >= count, `the agent has spoken ${count} times`)
  }

  /** Which of the sentences each utterance of the agent was; a sentence that is not said must be among them. */
  async heard(sentences: readonly string[]): Promise<(string | undefined)[]> {
    const { speech } = this.exchange
    return Promise.all(
      this.#utterances.map(async (pcm) => (await speech.recognize(pcm, sampleRate, [...sentences])).sentence),
    )
  }

  async hangUp(): Promise<void> {
    const close = this.#close
    this.#close = undefined
    await this.#input.close()
    await close?.()
    this.#output.close()
    await this.conversation.end()
  }

  #calls(name: string): number {
    return this.exchange.facts.filter((fact) => fact.type === 'called' && fact.function === name).length
  }

  #endUtterance(): void {
    const heard = this.#hearing.end(this.clock.nowMs())
    if (heard) this.#utterances.push(heard.pcm)
  }
}
