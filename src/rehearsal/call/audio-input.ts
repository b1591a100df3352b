import { ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web'
import { voice } from '@livekit/agents'
import { AudioFrame } from '@livekit/rtc-node'
import { sampleRate, samplesPerMs } from '../pcm.ts'
import type { CallClock } from './clock.ts'

const frameMs = 50
const frameSamples = frameMs * samplesPerMs
/** Of real time, so that a fast clock does not make a busy loop: then several frames go at once. */
const minTickMs = 10

interface QueuedSpeech {
  pcm: Int16Array
  offset: number
  done: () => void
}

export interface CallerAudioInputOptions {
  clock: CallClock
  /** A piece of what the caller says, as it goes out; `atMs` is when it begins. */
  onSpeech?: (pcm: Int16Array, atMs: number) => void
}

/**
 * The caller's microphone. From `open()` to `close()` it gives a frame for every 50 ms of the call, silence when nobody
 * speaks, since the model tells turns apart by the time in the stream.
 */
export class CallerAudioInput extends voice.AudioInput {
  readonly #clock: CallClock
  readonly #onSpeech: CallerAudioInputOptions['onSpeech']
  readonly #queue: QueuedSpeech[] = []
  #frames: ReadableStreamDefaultController<AudioFrame> | undefined
  #openedAtMs = 0
  #sentFrames = 0
  #cancelTick: (() => void) | undefined

  constructor({ clock, onSpeech }: CallerAudioInputOptions) {
    super()
    this.#clock = clock
    this.#onSpeech = onSpeech
    this.multiStream.addInputStream(
      new ReadableStream<AudioFrame>({
        start: (controller) => {
          this.#frames = controller
        },
      }),
    )
  }

  /** Begins with silence. */
  open(): void {
    if (this.#cancelTick !== undefined || this.#frames === undefined) return
    this.#openedAtMs = this.#clock.nowMs()
    this.#tickLater()
  }

  /** Resolves when the last sample has gone out, or the microphone is closed. */
  speak(pcm: Int16Array): Promise<void> {
    if (pcm.length === 0 || this.#frames === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      this.#queue.push({ pcm, offset: 0, done: resolve })
    })
  }

  override async close(): Promise<void> {
    if (this.#frames === undefined) return
    this.#cancelTick?.()
    this.#cancelTick = undefined
    this.#frames.close()
    this.#frames = undefined
    for (const { done } of this.#queue.splice(0)) done()
    await super.close()
  }

  #tickLater(): void {
    // At the end of a frame, and not a little later each time: a frame would wait for as long as it lasts.
    const nextMs = this.#openedAtMs + (this.#sentFrames + 1) * frameMs - this.#clock.nowMs()
    this.#cancelTick = this.#clock.after(Math.max(nextMs, minTickMs * this.#clock.speed), () => {
      const due = Math.floor((this.#clock.nowMs() - this.#openedAtMs) / frameMs)
      while (this.#sentFrames < due) this.#sendFrame()
      this.#tickLater()
    })
  }

  #sendFrame(): void {
    const atMs = this.#openedAtMs + this.#sentFrames * frameMs
    // A new array each time: the plugin sends the whole buffer that stands behind a frame.
    const frame = new Int16Array(frameSamples)
    const speech = this.#takeSpeech(frame)
    if (speech > 0) this.#onSpeech?.(frame.slice(0, speech), atMs)
    this.#frames?.enqueue(new AudioFrame(frame, sampleRate, 1, frameSamples))
    this.#sentFrames += 1
  }

  /** Fills a frame from its start with what waits to be said; returns how many samples that was. */
  #takeSpeech(frame: Int16Array): number {
    let filled = 0
    for (let next = this.#queue[0]; next !== undefined && filled < frame.length; next = this.#queue[0]) {
      const piece = next.pcm.subarray(next.offset, next.offset + frame.length - filled)
      frame.set(piece, filled)
      filled += piece.length
      next.offset += piece.length
      if (next.offset < next.pcm.length) break
      this.#queue.shift()
      next.done()
    }
    return filled
  }
}
