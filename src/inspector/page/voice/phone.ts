import type { VoiceCommand, VoiceFacts, VoiceMessage } from '../../wire.ts'
import { wordsOfError } from '../api.ts'
import { microphoneProblem } from './microphone-words.ts'
import { Sound, type SoundListener } from './sound.ts'
import { type Words, withoutUnsaid, withWords } from './transcript.ts'
import { VoiceSocket } from './voice-socket.ts'

export type Model = VoiceFacts['models'][number]

export interface Way {
  model: Model
  /** The caller speaks in a room, with a client of their own: this page is neither ear nor mouth. */
  isInRoom: boolean
}

export interface PhoneState {
  phase: 'idle' | 'calling' | 'talking' | 'hanging up'
  /** Of this call, or of the last one. */
  conversationId: string | undefined
  agent: 'listening' | 'thinking' | 'speaking'
  isCallerSpeaking: boolean
  microphone: 'off' | 'asked for' | 'on' | 'muted'
  microphoneProblem: string | undefined
  transcript: readonly Words[]
  /** What the server complained of last. */
  problem: string | undefined
  /** Of the last call. */
  ended: { reason: string; recording?: string } | undefined
}

export interface PhoneListener {
  /** The state has changed. */
  onChange(): void
  onLevel: SoundListener['onLevel']
  /** For who does not see the page. */
  onNews(text: string): void
}

const idle: PhoneState = {
  phase: 'idle',
  conversationId: undefined,
  agent: 'listening',
  isCallerSpeaking: false,
  microphone: 'off',
  microphoneProblem: undefined,
  transcript: [],
  problem: undefined,
  ended: undefined,
}

interface Line {
  /** Absent where the caller is in a room. */
  sound: Sound | undefined
  socket: VoiceSocket
}

/** What the server is told of a page that plays nothing. */
const anySampleRate = 48_000

/** One call at a time: the microphone, the loudspeaker and the line to the server, and what was said over it. */
export class Phone {
  state: PhoneState = idle
  readonly #listener: PhoneListener
  /** The present call, from the first click; what belongs to an earlier one is passed over. */
  #call: symbol | undefined
  #line: Line | undefined
  /** What was typed before the line was there. */
  readonly #typed: string[] = []

  constructor(listener: PhoneListener) {
    this.#listener = listener
  }

  /** Has to begin where somebody clicked or pressed a key. Never rejects. */
  async call(way: Way, { withMicrophone }: { withMicrophone: boolean }): Promise<void> {
    if (this.#call !== undefined) return
    const call = Symbol('call')
    this.#call = call
    this.#set({ ...idle, phase: 'calling' })
    try {
      const sound = way.isInRoom ? undefined : await Sound.open(this.#soundListener(call))
      if (this.#call !== call) return await sound?.close()
      this.#connect(call, sound, way.model)
    } catch (error) {
      this.#over(call, `This browser cannot place a call: ${wordsOfError(error)}`)
      return
    }
    if (withMicrophone && !way.isInRoom) await this.#openMicrophone(call)
  }

  hangUp(): void {
    const call = this.#call
    if (call === undefined) return
    if (this.#line === undefined) this.#over(call, 'You hung up.')
    else {
      this.#line.sound?.clear()
      this.#set({ phase: 'hanging up' })
      this.#line.socket.tell({ type: 'hang up' })
    }
  }

  /** Says it without a voice; without a call, that places one without a microphone. */
  type(text: string, way: Way): void {
    if (this.state.phase === 'hanging up') return
    if (this.#line !== undefined) {
      this.#line.socket.tell({ type: 'typed', text })
      return
    }
    this.#typed.push(text)
    void this.call(way, { withMicrophone: false })
  }

  /** Asks for the microphone where there is none yet; else mutes it, or ends that. */
  toggleMicrophone(): void {
    const { microphone } = this.state
    if (this.#call === undefined || this.#line === undefined || microphone === 'asked for') return
    if (microphone === 'off') {
      void this.#openMicrophone(this.#call)
      return
    }
    this.#line.sound?.mute(microphone === 'on')
    this.#set({ microphone: microphone === 'on' ? 'muted' : 'on' })
  }

  #connect(call: symbol, sound: Sound | undefined, model: Model): void {
    const socket = new VoiceSocket({
      onMessage: (message) => this.#isPresent(call) && this.#hear(call, message),
      onSound: (segment, pcm) => {
        if (this.#isPresent(call) && this.state.phase !== 'hanging up') sound?.play(segment, pcm)
      },
      onClosed: (reason) => this.#over(call, reason),
    })
    this.#line = { sound, socket }
    socket.tell({ type: 'hello', sampleRate: sound?.sampleRate ?? anySampleRate, model })
    for (const text of this.#typed.splice(0)) socket.tell({ type: 'typed', text })
  }

  async #openMicrophone(call: symbol): Promise<void> {
    this.#set({ microphone: 'asked for', microphoneProblem: undefined })
    try {
      await this.#line?.sound?.openMicrophone()
      if (this.#isPresent(call)) this.#set({ microphone: 'on' })
    } catch (error) {
      if (this.#isPresent(call)) this.#loseMicrophone(microphoneProblem(error))
    }
  }

  #loseMicrophone(problem: string): void {
    this.#set({ microphone: 'off', microphoneProblem: problem })
    this.#listener.onNews(problem)
  }

  #soundListener(call: symbol): SoundListener {
    const tell = (command: VoiceCommand) => this.#isPresent(call) && this.#line?.socket.tell(command)
    return {
      onVoice: (pcm) => this.#isPresent(call) && this.#line?.socket.give(pcm),
      onLevel: this.#listener.onLevel,
      onPlayback: tell,
      onMicrophoneLost: () => {
        if (this.#isPresent(call)) this.#loseMicrophone('The microphone is gone. You can type meanwhile.')
      },
    }
  }

  #hear(call: symbol, message: VoiceMessage): void {
    const { transcript, phase } = this.state
    if (message.type === 'connected') {
      if (phase === 'calling') this.#set({ phase: 'talking' })
      this.#set({ conversationId: message.conversationId })
      this.#listener.onNews('Connected. Speak, or type.')
    } else if (message.type === 'state') {
      const { state: agent } = message
      this.#set({ agent, transcript: agent === 'listening' ? withoutUnsaid(transcript) : transcript })
    } else if (message.type === 'caller') this.#set({ isCallerSpeaking: message.isSpeaking })
    else if (message.type === 'words') this.#set({ transcript: withWords(transcript, message) })
    else if (message.type === 'segment.end') this.#line?.sound?.endSegment(message.segment)
    else if (message.type === 'clear') this.#line?.sound?.clear()
    else if (message.type === 'problem') this.#set({ problem: message.message })
    else this.#over(call, message.reason, message.recording)
  }

  #over(call: symbol, reason: string, recording?: string): void {
    if (!this.#isPresent(call)) return
    const line = this.#line
    this.#call = undefined
    this.#line = undefined
    this.#typed.length = 0
    line?.socket.close()
    void line?.sound?.close()
    const { conversationId, microphoneProblem, problem } = this.state
    this.#set({
      ...idle,
      ...{ conversationId, microphoneProblem, problem },
      transcript: withoutUnsaid(this.state.transcript),
      ended: { reason, ...(recording === undefined ? {} : { recording }) },
    })
    this.#listener.onNews(`The call is over. ${reason}`)
  }

  #isPresent(call: symbol): boolean {
    return this.#call === call
  }

  #set(part: Partial<PhoneState>): void {
    this.state = { ...this.state, ...part }
    this.#listener.onChange()
  }
}
