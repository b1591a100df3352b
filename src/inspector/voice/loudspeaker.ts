import { voice } from '@livekit/agents'
import type { AudioFrame } from '@livekit/rtc-node'
import { concatenate, sampleRate } from '../../rehearsal/pcm.ts'
import { Resampler } from '../../rehearsal/speech/resample.ts'
import type { VoiceCommand } from '../wire.ts'
import type { Line } from './line.ts'

/** For the page to say how far it came when it was told to be silent; then it is estimated. */
const clearedWithinMs = 400
/** For the page to say that a segment is over, after the time that its sound takes. */
const playedWithinMs = 3_000

export interface LoudspeakerOptions {
  line: Pick<Line, 'tell' | 'sendSound' | 'roomForSound'>
  /** Of the page. */
  sampleRate: number
  onStarted?: () => void
  /** As much of a segment as was heard, at 24 kHz, when it is over. */
  onHeard?: (pcm: Int16Array) => void
}

/** What the agent says between two flushes. Samples are counted at the page's rate. */
interface Segment {
  number: number
  pieces: Int16Array[]
  resampler: Resampler
  sentSamples: number
  startedAt?: number
  isComplete: boolean
  /** Fires when the page is told to forget it. */
  cleared: AbortController
  /** Until the page has to say that it is over. */
  timer?: NodeJS.Timeout
}

export type PlaybackCommand = Extract<VoiceCommand, { type: `playback.${string}` }>

/**
 * The page's loudspeaker. Sound goes out as fast as the model makes it, in numbered segments; the page says what it played.
 * Every segment is reported as over once, also where the page says nothing, or is gone: whoever waits for the end of it does not
 * wait for ever.
 */
export class Loudspeaker extends voice.AudioOutput {
  readonly #line: LoudspeakerOptions['line']
  readonly #pageRate: number
  readonly #options: LoudspeakerOptions
  readonly #segments = new Map<number, Segment>()
  #current: Segment | undefined
  #lastNumber = 0
  #isClosed = false

  constructor(options: LoudspeakerOptions) {
    super(sampleRate, undefined, { pause: false })
    this.#line = options.line
    this.#pageRate = options.sampleRate
    this.#options = options
  }

  override async captureFrame(frame: AudioFrame): Promise<void> {
    await super.captureFrame(frame)
    if (this.#isClosed) {
      super.flush()
      this.onPlaybackFinished({ playbackPosition: 0, interrupted: true })
      return
    }
    this.#current ??= this.#begin()
    const segment = this.#current
    segment.pieces.push(frame.data.slice())
    this.#send(segment, segment.resampler.feed(frame.data))
    await this.#line.roomForSound(segment.cleared.signal)
  }

  override flush(): void {
    super.flush()
    const segment = this.#current
    if (segment === undefined) return
    this.#current = undefined
    this.#send(segment, segment.resampler.flush())
    segment.isComplete = true
    this.#line.tell({ type: 'segment.end', segment: segment.number })
    this.#expectEnd()
  }

  /** The session calls it twice for one interruption; the second finds nothing. */
  clearBuffer(): void {
    super.flush()
    this.#current = undefined
    const playing = [...this.#segments.values()].filter(({ cleared }) => !cleared.signal.aborted)
    for (const segment of playing) {
      segment.cleared.abort()
      clearTimeout(segment.timer)
      segment.timer = setTimeout(() => this.#estimate(segment), clearedWithinMs)
    }
    if (playing.length > 0) this.#line.tell({ type: 'clear' })
  }

  /** What the page says of a segment that is over, or that it should not have ended, is passed over. */
  played(command: PlaybackCommand): void {
    const segment = this.#segments.get(command.segment)
    if (segment === undefined) return
    if (command.type === 'playback.started') {
      if (segment.startedAt !== undefined) return
      segment.startedAt = performance.now()
      this.#options.onStarted?.()
      this.onPlaybackStarted(Date.now())
      this.#expectEnd()
    } else if (segment.isComplete || segment.cleared.signal.aborted) {
      this.#finish(segment, Math.min(command.samples, segment.sentSamples), command.isInterrupted)
    }
  }

  close(): void {
    this.#isClosed = true
    this.clearBuffer()
    for (const segment of [...this.#segments.values()]) this.#estimate(segment)
  }

  #begin(): Segment {
    this.#lastNumber += 1
    const segment: Segment = {
      number: this.#lastNumber,
      pieces: [],
      resampler: new Resampler(sampleRate, this.#pageRate),
      sentSamples: 0,
      isComplete: false,
      cleared: new AbortController(),
    }
    this.#segments.set(segment.number, segment)
    return segment
  }

  #send(segment: Segment, pcm: Int16Array): void {
    if (pcm.length === 0) return
    segment.sentSamples += pcm.length
    this.#line.sendSound(segment.number, pcm)
  }

  /** Segments are played one after the other: the first of them is. */
  #expectEnd(): void {
    const [segment] = this.#segments.values()
    if (segment === undefined || !segment.isComplete || segment.cleared.signal.aborted) return
    const { startedAt, sentSamples } = segment
    const playedMs = startedAt === undefined ? 0 : performance.now() - startedAt
    const leftMs = (sentSamples / this.#pageRate) * 1_000 - playedMs
    clearTimeout(segment.timer)
    segment.timer = setTimeout(() => this.#estimate(segment), leftMs + playedWithinMs)
  }

  #estimate(segment: Segment): void {
    const { startedAt, sentSamples, isComplete } = segment
    const elapsedMs = startedAt === undefined ? 0 : performance.now() - startedAt
    const samples = Math.min(Math.floor((elapsedMs * this.#pageRate) / 1_000), sentSamples)
    this.#finish(segment, samples, !isComplete || samples < sentSamples)
  }

  #finish(segment: Segment, samples: number, interrupted: boolean): void {
    clearTimeout(segment.timer)
    this.#segments.delete(segment.number)
    const heard = Math.round((samples * sampleRate) / this.#pageRate)
    if (heard > 0) this.#options.onHeard?.(concatenate(segment.pieces).slice(0, heard))
    this.onPlaybackFinished({ playbackPosition: samples / this.#pageRate, interrupted })
    this.#expectEnd()
  }
}
