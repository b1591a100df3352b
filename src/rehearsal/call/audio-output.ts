import { voice } from '@livekit/agents'
import type { AudioFrame } from '@livekit/rtc-node'
import { sampleRate, samplesPerMs } from '../pcm.ts'
import type { CallClock } from './clock.ts'

export interface CallerAudioOutputOptions {
  clock: CallClock
  /** A piece that the caller has really heard; `atMs` is when it began to sound. */
  onPlayed?: (pcm: Int16Array, atMs: number) => void
}

/** What the agent says between two flushes. */
interface Segment {
  chunks: Int16Array[]
  samples: number
  flushed: boolean
  /** Samples that have sounded, as of `anchorMs`. Absent while an earlier segment plays. */
  playing?: { playedSamples: number; anchorMs: number }
}

/**
 * The caller's ear: a loudspeaker made of a clock. Sound arrives as fast as the model makes it and is heard at the pace
 * of the call, with a gap where it came too late. Each segment is reported as finished once.
 */
export class CallerAudioOutput extends voice.AudioOutput {
  readonly #clock: CallClock
  readonly #onPlayed: CallerAudioOutputOptions['onPlayed']
  #segments: Segment[] = []
  #cancelEnd: (() => void) | undefined
  #closed = false

  constructor({ clock, onPlayed }: CallerAudioOutputOptions) {
    super(sampleRate, undefined, { pause: false })
    this.#clock = clock
    this.#onPlayed = onPlayed
  }

  override async captureFrame(frame: AudioFrame): Promise<void> {
    await super.captureFrame(frame)
    if (this.#closed) {
      // Nobody listens, and whoever waits for the end of playing must not wait for ever.
      super.flush()
      this.onPlaybackFinished({ playbackPosition: 0, interrupted: true })
      return
    }
    const last = this.#segments.at(-1)
    const segment = last === undefined || last.flushed ? this.#addSegment() : last
    this.#advance(segment)
    segment.chunks.push(frame.data.slice())
    segment.samples += frame.data.length
    this.#playNext()
  }

  override flush(): void {
    super.flush()
    const last = this.#segments.at(-1)
    if (last === undefined || last.flushed) return
    last.flushed = true
    this.#playNext()
  }

  /** The session calls it twice for one interruption; the second finds nothing. */
  clearBuffer(): void {
    super.flush()
    this.#cancelEnd?.()
    for (const segment of this.#segments.splice(0)) this.#finish(segment, true)
  }

  close(): void {
    this.#closed = true
    this.clearBuffer()
  }

  #addSegment(): Segment {
    const segment: Segment = { chunks: [], samples: 0, flushed: false }
    this.#segments.push(segment)
    return segment
  }

  /** Starts the first segment if it is silent, and sets the timer for its end if that is known. */
  #playNext(): void {
    const segment = this.#segments[0]
    if (segment === undefined) return
    if (segment.playing === undefined) {
      segment.playing = { playedSamples: 0, anchorMs: this.#clock.nowMs() }
      this.onPlaybackStarted(Date.now())
    }
    this.#cancelEnd?.()
    if (!segment.flushed) return
    const { playedSamples, anchorMs } = segment.playing
    const endMs = anchorMs + (segment.samples - playedSamples) / samplesPerMs
    this.#cancelEnd = this.#clock.after(endMs - this.#clock.nowMs(), () => this.#end(segment))
  }

  #end(segment: Segment): void {
    this.#advance(segment)
    if (segment.playing !== undefined && segment.playing.playedSamples < segment.samples) {
      this.#playNext()
      return
    }
    this.#segments.shift()
    this.#finish(segment, false)
    this.#playNext()
  }

  #finish(segment: Segment, interrupted: boolean): void {
    this.#advance(segment)
    const playedSamples = segment.playing?.playedSamples ?? 0
    this.onPlaybackFinished({ playbackPosition: playedSamples / sampleRate, interrupted })
  }

  /** Brings what has sounded up to the present; it cannot have passed what had arrived. */
  #advance(segment: Segment): void {
    const { playing } = segment
    if (playing === undefined) return
    const nowMs = this.#clock.nowMs()
    const passed = Math.floor((nowMs - playing.anchorMs) * samplesPerMs)
    const count = Math.min(passed, segment.samples - playing.playedSamples)
    if (count > 0) this.#onPlayed?.(pieceOf(segment, playing.playedSamples, count), playing.anchorMs)
    playing.playedSamples += count
    playing.anchorMs = nowMs
  }
}

function pieceOf(segment: Segment, from: number, count: number): Int16Array {
  const piece = new Int16Array(count)
  let at = 0
  for (const chunk of segment.chunks) {
    const start = Math.max(from, at)
    const end = Math.min(from + count, at + chunk.length)
    if (start < end) piece.set(chunk.subarray(start - at, end - at), start - from)
    at += chunk.length
  }
  return piece
}
