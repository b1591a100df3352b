import type { voice } from '@livekit/agents'
import type { RawData, WebSocket } from 'ws'
import {
  createRealtimeModel,
  createVoiceAgent,
  ensureLogger,
  type RealtimeOptions,
  RealtimeSession,
  startVoiceSession,
  type VoiceSession,
} from '../../agent/index.ts'
import { messageOf } from '../../contract/errors.ts'
import type { Conversation } from '../../contract/protocol.ts'
import type { LiveKitRoom } from '../page-voice.ts'
import type { VoiceCommand, VoiceMessage } from '../wire.ts'
import { CallRecording } from './call-recording.ts'
import { type CallerSide, PageSide } from './caller-side.ts'
import { CommandError, readFrame } from './commands.ts'
import { follow } from './follow.ts'
import { Line } from './line.ts'
import { masked, type VoiceMask } from './masked.ts'
import { RoomSide } from './room-side.ts'

type Hello = Extract<VoiceCommand, { type: 'hello' }>

export interface VoiceCallParts {
  /** The conversation of this call, made when the page says hello. It is ended with the call. */
  converse: () => Conversation
  /** Undefined where this model is not offered. */
  realtimeOf: (model: Hello['model']) => RealtimeOptions | undefined
  instructions?: string | undefined
  /** What the page is told, but for what its loudspeaker has to do. */
  onTold?: ((conversationId: string, message: VoiceMessage) => void) | undefined
  /** Where the recording of a call can be fetched from. */
  recordingUrlOf?: ((conversationId: string) => string) | undefined
  /** The caller is in this room. Default: at the page. */
  livekit?: LiveKitRoom | undefined
  /** For every text that the page is told. */
  mask: VoiceMask
  /** How long a page may take nothing of what waits for it. Default: 10,000. */
  maxStandstillMs?: number | undefined
}

export interface VoiceCall {
  /** Undefined until the page has said hello. */
  readonly conversationId: string | undefined
  /** Resolves when nothing of the call is left: no session, no connection to the model, no conversation. */
  readonly ended: Promise<void>
  /** `reason`: for the person at the page. */
  hangUp(reason: string): Promise<void>
  /** What was said until now. Nothing in a room. */
  readonly recording: CallRecording
}

const helloWithinMs = 10_000
const maxTypedWaiting = 20
/** What is typed before the model knows its functions would be understood wrongly. */
const knowsFunctionsWithinMs = 5_000
const goodBye = 1000
const brokenRules = 1008

/**
 * Holds one call with the page at the other end of this socket, in the words of `VoiceCommand` and `VoiceMessage`. It ends when
 * either side hangs up, the socket is gone, the page breaks the rules, or the model cannot be reached any more; the page is told
 * why as long as there is one. Never throws.
 */
export function holdVoiceCall(socket: WebSocket, parts: VoiceCallParts): VoiceCall {
  ensureLogger()
  return new HeldCall(socket, parts)
}

interface Talk {
  conversation: Conversation
  side: CallerSide
  starting: Promise<VoiceSession>
}

class HeldCall implements VoiceCall {
  readonly ended: Promise<void>
  readonly recording = new CallRecording()
  readonly #line: Line
  readonly #parts: VoiceCallParts
  readonly #helloTimer: NodeJS.Timeout
  #talk: Talk | undefined
  #session: voice.AgentSession | undefined
  /** As the page knows it. */
  #agentState: string | undefined
  /** What was typed before the agent could read. */
  readonly #typed: string[] = []
  #ending: Promise<void> | undefined
  #resolveEnded = (): void => {}

  constructor(socket: WebSocket, parts: VoiceCallParts) {
    this.#parts = parts
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve
    })
    this.#line = new Line(socket, {
      maxStandstillMs: parts.maxStandstillMs,
      onStandstill: () => void this.#end('The page took nothing more of what the agent says.'),
    })
    this.#helloTimer = setTimeout(() => void this.#breaks('it said no hello'), helloWithinMs)
    socket.on('message', (data, isBinary) => this.#take(data, isBinary))
    socket.once('close', () => void this.#end('The page is gone.'))
    // A frame that is too large, or none at all; the socket closes by itself.
    socket.on('error', (error) => void this.#breaks(error.message))
  }

  get conversationId(): string | undefined {
    return this.#talk?.conversation.id
  }

  hangUp(reason: string): Promise<void> {
    return this.#end(reason)
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#ending !== undefined) return
    try {
      const frame = readFrame(data, isBinary)
      if (frame instanceof Int16Array) this.#begun.side.hear(frame)
      else this.#obey(frame)
    } catch (error) {
      void (error instanceof CommandError ? this.#breaks(error.message) : this.#fail(messageOf(error)))
    }
  }

  #obey(command: VoiceCommand): void {
    if (command.type === 'hello') this.#begin(command)
    else if (command.type === 'typed') this.#read(command.text)
    else if (command.type === 'hang up') void this.#end('You hung up.')
    else this.#begun.side.played(command)
  }

  get #begun(): Talk {
    if (this.#talk === undefined) throw new CommandError('hello comes first')
    return this.#talk
  }

  #begin({ sampleRate, model }: Hello): void {
    if (this.#talk !== undefined) throw new CommandError('hello comes once')
    clearTimeout(this.#helloTimer)
    const realtime = this.#parts.realtimeOf(model)
    if (realtime === undefined) {
      void this.#fail(`There is no model ${model} to talk to.`)
      return
    }
    const { livekit, converse } = this.#parts
    const side = livekit
      ? new RoomSide(livekit)
      : new PageSide({ line: this.#line, sampleRate, recording: this.recording })
    const conversation = converse()
    const starting = this.#start(conversation, realtime, side)
    this.#talk = { conversation, side, starting }
    starting.catch((error: unknown) => void this.#fail(messageOf(error)))
  }

  async #start(
    conversation: Conversation,
    realtime: RealtimeOptions,
    side: CallerSide,
  ): Promise<VoiceSession> {
    const { instructions } = this.#parts
    const { agent, toolset } = createVoiceAgent({
      conversation,
      ...(instructions === undefined ? {} : { instructions }),
    })
    const where = await side.open()
    if (this.#ending !== undefined) throw new Error('the call is over')
    const started = await startVoiceSession({
      agent,
      model: createRealtimeModel(realtime),
      conversation,
      ...where,
      onProblem: ({ message }) => this.#tell({ type: 'problem', message }),
    })
    if (this.#ending !== undefined) return started
    const { session } = started
    void started.closed.then((error) => {
      if (error === undefined) void this.#end('The other side hung up.')
      else void this.#fail(error.message)
    })
    const connection = agent.getActivityOrThrow().realtimeLLMSession
    const model = connection instanceof RealtimeSession ? connection : undefined
    follow(session, model, (message) => this.#tell(message))
    this.#tell({ type: 'connected', conversationId: conversation.id })
    orAfter(toolset.whenConfirmed(), knowsFunctionsWithinMs)
      .then(() => this.#listen(session))
      .catch((error: unknown) => void this.#fail(messageOf(error)))
    return started
  }

  #listen(session: voice.AgentSession): void {
    if (this.#ending !== undefined) return
    this.#session = session
    this.#tell({ type: 'state', state: 'listening' })
    for (const text of this.#typed.splice(0)) this.#read(text)
  }

  /** What is typed goes past the ears, counts as spoken, and interrupts as a voice does. */
  #read(text: string): void {
    const { conversation } = this.#begun
    if (text.trim() === '') return
    const session = this.#session
    if (session === undefined) {
      if (this.#typed.length >= maxTypedWaiting) throw new CommandError('too much was typed before the call')
      this.#typed.push(text)
      return
    }
    conversation.speaking('caller', true)
    conversation.speaking('caller', false)
    if (session.agentState !== 'listening') session.interrupt()
    session.generateReply({ userInput: text })
  }

  #tell(unmasked: VoiceMessage): void {
    const message = masked(unmasked, this.#parts.mask)
    if (message.type === 'state') {
      if (message.state === this.#agentState) return
      this.#agentState = message.state
    }
    const { conversationId } = this
    if (conversationId !== undefined) this.#parts.onTold?.(conversationId, message)
    this.#line.tell(message)
  }

  /** Nothing is recorded in a room, nor where nobody has said anything. */
  get #recordingUrl(): string | undefined {
    const { conversationId } = this
    if (conversationId === undefined || this.recording.bytes === 0) return undefined
    return this.#parts.recordingUrlOf?.(conversationId)
  }

  #breaks(rule: string): Promise<void> {
    return this.#fail(`The page said what this program does not understand: ${rule}.`, brokenRules)
  }

  #fail(problem: string, code?: number): Promise<void> {
    if (this.#ending === undefined) this.#tell({ type: 'problem', message: problem })
    return this.#end(problem, code)
  }

  #end(reason: string, code = goodBye): Promise<void> {
    this.#ending ??= this.#close(reason, code)
    return this.#ending
  }

  async #close(reason: string, code: number): Promise<void> {
    clearTimeout(this.#helloTimer)
    const talk = this.#talk
    if (talk !== undefined) {
      await quietly(() => talk.side.silence())
      // The last words of the agent come with the end of its session.
      if (this.#session !== undefined) await quietly(() => closeSession(talk))
    }
    const recording = this.#recordingUrl
    this.#tell({ type: 'ended', reason, ...(recording === undefined ? {} : { recording }) })
    this.#line.close(code, this.#parts.mask(reason, true))
    if (talk !== undefined) {
      await quietly(() => closeSession(talk))
      await quietly(() => talk.side.leave())
      await quietly(() => talk.conversation.end())
    }
    this.#resolveEnded()
  }
}

async function closeSession({ starting }: Talk): Promise<void> {
  const started = await starting.catch(() => undefined)
  await started?.close()
}

/** Each step of an end is taken, although another fails. */
async function quietly(step: () => Promise<unknown>): Promise<void> {
  try {
    await step()
  } catch (error) {
    process.emitWarning(`a voice call did not end in good order: ${messageOf(error)}`, 'SwitchboardWarning')
  }
}

/** However it ends, or when the time is up. */
async function orAfter(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([Promise.allSettled([work]), late])
  clearTimeout(timer)
}
