import { voice } from '@livekit/agents'
import { createVoiceAgent } from '../../agent/agent.ts'
import { createRealtimeModel, type RealtimeOptions } from '../../agent/model/realtime-model.ts'
import { startVoiceSession, type VoiceSession } from '../../agent/session.ts'
import type { Conversation } from '../../contract/protocol.ts'
import { sampleRate } from '../pcm.ts'
import { CallerAudioInput } from './audio-input.ts'
import { CallerAudioOutput } from './audio-output.ts'
import { type CallClock, createCallClock } from './clock.ts'
import { type PlayedUtterance, PlayedUtterances } from './played-utterances.ts'
import { type CallSound, Recording } from './recording.ts'
import { StopSignal } from './stop-signal.ts'
import { defaultPatience, type TurnOutcome, type TurnPatience, TurnTracker } from './turn-tracker.ts'

/** What the caller does in one turn. Typed text goes past the model's ears. Sound is PCM16, mono, 24 kHz. */
export type Turn =
  | { kind: 'say'; text: string }
  | { kind: 'audio'; pcm: Int16Array; label: string }
  | { kind: 'type'; text: string }

export interface TurnResult extends TurnOutcome {
  /** The text, or the label of a recording. */
  said: string
}

export type VoiceCallEvent =
  | { type: 'caller.speaking'; index: number; kind: Turn['kind']; text: string }
  | { type: 'heard'; text: string }
  | { type: 'agent.state'; state: voice.AgentState }
  | { type: 'agent.speaking' }
  | { type: 'agent.said'; text: string; interrupted: boolean }
  | ({ type: 'turn.ended'; index: number } & TurnResult)
  /** The model complained, and the call goes on. */
  | { type: 'problem'; message: string }

/** A function of the agent's that the framework has run. */
export interface ExecutedFunction {
  callId: string
  function: string
  /** JSON. */
  arguments: string
  output: string
  isError: boolean
}

export interface PlaceCallOptions {
  conversation: Conversation
  /** Default: one with the conversation's functions and `instructions`. */
  agent?: voice.Agent
  realtime: RealtimeOptions
  turns: readonly Turn[]
  /** The caller's voice: PCM16, mono, 24 kHz. */
  say: (text: string) => Promise<Int16Array>
  instructions?: string
  /** How much faster than real time sound flows. Default: 1. */
  speed?: number
  signal?: AbortSignal
  onEvent?: (event: VoiceCallEvent) => void
  onFunction?: (executed: ExecutedFunction) => void
  onUtterance?: (utterance: PlayedUtterance) => void
  /** All that the caller says in a turn has gone out. */
  onCallerFinished?: (index: number) => void
  /** Runs before a turn, while the line is silent. */
  beforeTurn?: (index: number) => void | Promise<void>
  patience?: Partial<TurnPatience>
  /** Silence in the recording is cut to this. Default: 1500. */
  maxSilenceMs?: number
}

export interface CallRecord {
  turns: TurnResult[]
  recording: CallSound
  sampleRate: typeof sampleRate
}

/** Of the call's time: a voice activity detector learns the noise of the line before it trusts a voice. */
const silenceBeforeMs = 1_200
const pauseBetweenTurnsMs = 400

/**
 * One spoken call without a room: a caller made of turns, and the agent on the given model. Rejects when the model
 * cannot be reached, fails for good, or `signal` aborts; in every case nothing of the call is left running. The
 * conversation is the caller's to end.
 */
export async function placeCall(options: PlaceCallOptions): Promise<CallRecord> {
  options.signal?.throwIfAborted()
  const agent = options.agent ?? agentFor(options)
  const model = createRealtimeModel(options.realtime)
  const clock = createCallClock(options.speed)
  const recording = new Recording()
  const input = new CallerAudioInput({ clock, onSpeech: (pcm, atMs) => recording.addCaller(pcm, atMs) })
  const utterances = new PlayedUtterances()
  const output = new CallerAudioOutput({
    clock,
    onPlayed: (pcm, atMs) => {
      recording.addAgent(pcm, atMs)
      utterances.add(pcm, atMs)
    },
  })
  output.on(voice.AudioOutput.EVENT_PLAYBACK_FINISHED, () => {
    const utterance = utterances.end(clock.nowMs())
    if (utterance) options.onUtterance?.(utterance)
  })
  const stop = new StopSignal(options.signal)
  const onProblem = (error: Error): void => options.onEvent?.({ type: 'problem', message: error.message })
  const starting = startVoiceSession({
    agent,
    model,
    conversation: options.conversation,
    audio: { input, output },
    onProblem,
  })
  let call: Call | undefined
  try {
    const voiceSession = await stop.orStopped(starting)
    void voiceSession.closed.then((error) => stop.stop(error ?? new Error('the call was ended from outside')))
    call = new Call(options, { voiceSession, input, clock, stop })
    const turns = await call.run()
    return { turns, recording: recording.render({ maxSilenceMs: options.maxSilenceMs ?? 1_500 }), sampleRate }
  } finally {
    call?.dispose()
    stop.dispose()
    await input.close()
    await starting.then(
      (voiceSession) => voiceSession.close(),
      () => {},
    )
    output.close()
  }
}

function agentFor({ conversation, instructions }: PlaceCallOptions): voice.Agent {
  return createVoiceAgent({ conversation, ...(instructions === undefined ? {} : { instructions }) }).agent
}

interface CallParts {
  voiceSession: VoiceSession
  input: CallerAudioInput
  clock: CallClock
  stop: StopSignal
}

class Call {
  readonly #options: PlaceCallOptions
  readonly #parts: CallParts
  #tracker: TurnTracker | undefined

  constructor(options: PlaceCallOptions, parts: CallParts) {
    this.#options = options
    this.#parts = parts
    this.#listen(parts.voiceSession.session)
  }

  async run(): Promise<TurnResult[]> {
    const { input, clock, stop } = this.#parts
    input.open()
    await stop.orStopped(pause(clock, silenceBeforeMs, stop))
    await stop.orStopped(this.#greeted())
    const results: TurnResult[] = []
    for (const [index, turn] of this.#options.turns.entries()) {
      await stop.orStopped(this.#options.beforeTurn?.(index))
      const result = await this.#take(turn, index)
      results.push(result)
      this.#emit({ type: 'turn.ended', index, ...result })
      await stop.orStopped(pause(clock, pauseBetweenTurnsMs, stop))
    }
    return results
  }

  dispose(): void {
    this.#tracker?.dispose()
  }

  /** An agent that speaks first may finish. */
  async #greeted(): Promise<void> {
    const { currentAgent } = this.#parts.voiceSession.session
    const greeting = () => currentAgent.getActivityOrThrow().currentSpeech
    for (let speech = greeting(); speech !== undefined && !speech.done(); speech = greeting()) {
      await speech.waitForPlayout()
    }
  }

  async #take(turn: Turn, index: number): Promise<TurnResult> {
    const { input, stop } = this.#parts
    const said = turn.kind === 'audio' ? turn.label : turn.text
    const sound = turn.kind === 'say' ? await stop.orStopped(this.#options.say(turn.text)) : undefined
    const tracker = new TurnTracker({
      spoken: turn.kind !== 'type',
      patience: { ...defaultPatience, ...this.#options.patience },
    })
    this.#tracker = tracker
    this.#emit({ type: 'caller.speaking', index, kind: turn.kind, text: said })
    if (turn.kind === 'type') this.#type(turn.text)
    else await stop.orStopped(input.speak(turn.kind === 'audio' ? turn.pcm : (sound ?? new Int16Array(0))))
    this.#options.onCallerFinished?.(index)
    tracker.callerFinished()
    const outcome = await stop.orStopped(tracker.ended)
    return { said, ...outcome, heard: turn.kind === 'type' ? turn.text : outcome.heard }
  }

  #type(text: string): void {
    const { conversation } = this.#options
    conversation.speaking('caller', true)
    conversation.speaking('caller', false)
    this.#parts.voiceSession.session.generateReply({ userInput: text })
  }

  #listen(session: voice.AgentSession): void {
    const events = voice.AgentSessionEventTypes
    session.on(events.UserStateChanged, ({ newState }) =>
      this.#tracker?.callerSpeaking(newState === 'speaking'),
    )
    session.on(events.UserInputTranscribed, ({ isFinal, transcript }) => {
      if (!isFinal) return
      this.#emit({ type: 'heard', text: transcript })
      this.#tracker?.transcribed(transcript)
    })
    session.on(events.AgentStateChanged, ({ newState }) => {
      this.#emit({ type: 'agent.state', state: newState })
      if (newState === 'speaking') this.#emit({ type: 'agent.speaking' })
    })
    session.on(events.ConversationItemAdded, ({ item }) => {
      if (item.type !== 'message' || item.role !== 'assistant') return
      const text = item.textContent ?? ''
      this.#emit({ type: 'agent.said', text, interrupted: item.interrupted })
      this.#tracker?.agentSaid(text)
    })
    session.on(events.FunctionToolsExecuted, ({ functionCalls, functionCallOutputs }) => {
      for (const [index, { callId, name, args }] of functionCalls.entries()) {
        const answered = functionCallOutputs[index]
        if (!answered) continue
        const { output, isError } = answered
        this.#options.onFunction?.({ callId, function: name, arguments: args, output, isError })
      }
    })
    session.on(events.SpeechCreated, ({ speechHandle }) => {
      const tracker = this.#tracker
      tracker?.speechCreated(speechHandle.id)
      speechHandle.addDoneCallback(() => tracker?.speechEnded(speechHandle.id))
    })
  }

  #emit(event: VoiceCallEvent): void {
    this.#options.onEvent?.(event)
  }
}

function pause(clock: CallClock, durationMs: number, { signal }: StopSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(durationMs, resolve)
    signal.addEventListener('abort', cancel, { once: true })
  })
}
