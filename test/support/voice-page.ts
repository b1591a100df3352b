import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { VoiceCommand, VoiceMessage } from '../../src/inspector/wire.ts'
import { type CallClock, createCallClock } from '../../src/rehearsal/call/clock.ts'
import { concatenate } from '../../src/rehearsal/pcm.ts'
import { resample } from '../../src/rehearsal/speech/resample.ts'
import { until } from './until.ts'

export interface VoicePageOptions {
  /** What lets it in. Default: none. */
  headers?: Record<string, string>
  /** Default: 24,000. */
  sampleRate?: number
  /** How much faster than real time it plays what it gets. Default: 20. */
  speed?: number
  model?: 'rehearsal' | 'openai'
  /** Whether it says what its loudspeaker does. Default: true. */
  tellsPlayback?: boolean
}

const pieceMs = 20
/** Of real time. */
const tickMs = 10
/** A voice activity detector learns the noise of the line first; and a turn ends with silence. */
const silenceMs = 1_000
/** Of what `speech.say` gives. */
const spokenRate = 24_000

type MessageOf<Type extends VoiceMessage['type']> = Extract<VoiceMessage, { type: Type }>

interface Sounding {
  segment: number
  pieces: Int16Array[]
  samples: number
  isComplete: boolean
  startedMs?: number
}

/**
 * What a page is to the server: a microphone, a loudspeaker that takes its time, and the words between them. The microphone
 * gives what is said at once, and is muted in between: nobody paces it, and a slow machine has no silence to catch up with.
 */
export class VoicePage {
  readonly messages: VoiceMessage[] = []
  /** What its loudspeaker has really played, a segment each. */
  readonly played: { segment: number; pcm: Int16Array; isInterrupted: boolean }[] = []
  closed: { code: number; reason: string } | undefined
  readonly sampleRate: number
  readonly #clock: CallClock
  readonly #options: VoicePageOptions
  readonly #sounding: Sounding[] = []
  readonly #socket: WebSocket
  readonly #timer: NodeJS.Timeout

  private constructor(url: string, options: VoicePageOptions) {
    this.#options = options
    this.sampleRate = options.sampleRate ?? spokenRate
    this.#clock = createCallClock(options.speed ?? 20)
    this.#socket = new WebSocket(url, { headers: options.headers ?? {} })
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => this.#take(data, isBinary))
    this.#timer = setInterval(() => this.#tick(), tickMs)
    this.#socket.on('error', () => {})
    this.#socket.on('close', (code, reason) => {
      clearInterval(this.#timer)
      this.closed = { code, reason: String(reason) }
    })
    onTestFinished(() => this.cut())
  }

  /** One that has said nothing yet. */
  static async open(url: string, options: VoicePageOptions = {}): Promise<VoicePage> {
    const page = new VoicePage(url, options)
    await until(() => page.#socket.readyState !== WebSocket.CONNECTING, 'the page is connected')
    return page
  }

  static async call(url: string, options: VoicePageOptions = {}): Promise<VoicePage> {
    const page = await VoicePage.open(url, options)
    page.command({ type: 'hello', sampleRate: page.sampleRate, model: options.model ?? 'rehearsal' })
    await page.untilTold('state')
    return page
  }

  command(command: VoiceCommand): void {
    this.sendRaw(JSON.stringify(command))
  }

  sendRaw(data: string | Buffer): void {
    this.#socket.send(data)
  }

  /** 24 kHz. */
  say(pcm: Int16Array): void {
    const silence = new Int16Array((this.sampleRate * silenceMs) / 1_000)
    const all = concatenate([silence, resample(pcm, spokenRate, this.sampleRate), silence])
    const samples = (this.sampleRate * pieceMs) / 1_000
    for (let at = 0; at < all.length; at += samples) {
      this.sendRaw(Buffer.from(all.slice(at, at + samples).buffer))
    }
  }

  type(text: string): void {
    this.command({ type: 'typed', text })
  }

  /** The connection is lost. */
  cut(): void {
    this.#socket.terminate()
  }

  /** It reads nothing more of what it is sent. */
  freeze(): void {
    this.#socket.pause()
  }

  told<Type extends VoiceMessage['type']>(type: Type): MessageOf<Type>[] {
    return this.messages.filter((message): message is MessageOf<Type> => message.type === type)
  }

  async untilTold<Type extends VoiceMessage['type']>(type: Type, times = 1): Promise<MessageOf<Type>> {
    return until(() => this.told(type)[times - 1], `the page is told “${type}” ${times} times`)
  }

  /** What each side has said, as far as it is final. */
  get transcript(): string[] {
    return this.told('words')
      .filter(({ isFinal }) => isFinal)
      .map(({ who, text, isInterrupted }) => `${who}: ${text}${isInterrupted ? ' (interrupted)' : ''}`)
  }

  async untilPlayed(segments: number): Promise<Int16Array> {
    await until(() => this.played.length >= segments, `${segments} segments are played`)
    return this.played[segments - 1]?.pcm ?? new Int16Array(0)
  }

  async untilPlaying(): Promise<void> {
    await until(() => this.#sounding.some(({ startedMs }) => startedMs !== undefined), 'it plays something')
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    return until(() => this.closed, 'the line is closed')
  }

  #tick(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#play()
  }

  #take(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      const pcm = new Int16Array((data.length - 4) / 2)
      data.subarray(4).copy(new Uint8Array(pcm.buffer))
      this.#hear(data.readUInt32LE(), pcm)
      return
    }
    const message: VoiceMessage = JSON.parse(data.toString())
    this.messages.push(message)
    if (message.type === 'clear') this.#clear()
    else if (message.type === 'segment.end') this.#segment(message.segment).isComplete = true
    this.#play()
  }

  #hear(number: number, pcm: Int16Array): void {
    const sounding = this.#segment(number)
    sounding.pieces.push(pcm)
    sounding.samples += pcm.length
    this.#play()
  }

  #segment(segment: number): Sounding {
    const known = this.#sounding.find((sounding) => sounding.segment === segment)
    if (known) return known
    const sounding: Sounding = { segment, pieces: [], samples: 0, isComplete: false }
    this.#sounding.push(sounding)
    return sounding
  }

  #play(): void {
    for (let first = this.#sounding[0]; first !== undefined; first = this.#sounding[0]) {
      if (first.startedMs === undefined) {
        first.startedMs = this.#clock.nowMs()
        this.#tell({ type: 'playback.started', segment: first.segment })
      }
      if (!first.isComplete || this.#playedSamples(first) < first.samples) return
      this.#finish(first, false)
    }
  }

  #clear(): void {
    for (const sounding of [...this.#sounding]) this.#finish(sounding, true)
  }

  #finish(sounding: Sounding, isInterrupted: boolean): void {
    const { segment, pieces } = sounding
    const samples = this.#playedSamples(sounding)
    this.#sounding.splice(this.#sounding.indexOf(sounding), 1)
    this.played.push({ segment, pcm: concatenate(pieces).slice(0, samples), isInterrupted })
    this.#tell({ type: 'playback.finished', segment, samples, isInterrupted })
  }

  #playedSamples({ startedMs, samples }: Sounding): number {
    if (startedMs === undefined) return 0
    const passed = Math.floor(((this.#clock.nowMs() - startedMs) * this.sampleRate) / 1_000)
    return Math.min(passed, samples)
  }

  #tell(command: VoiceCommand): void {
    if (this.#options.tellsPlayback !== false) this.command(command)
  }
}
