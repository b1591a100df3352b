import { ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web'
import { voice } from '@livekit/agents'
import { AudioFrame } from '@livekit/rtc-node'
import { sampleRate } from '../../rehearsal/pcm.ts'
import { Resampler } from '../../rehearsal/speech/resample.ts'

export interface MicrophoneOptions {
  /** Of the page. */
  sampleRate: number
  /** What the model gets, at 24 kHz. */
  onSound?: (pcm: Int16Array) => void
}

/** The page's microphone: gives on what comes, when it comes. One that is silent gives nothing, and nobody waits for it. */
export class Microphone extends voice.AudioInput {
  /** The framework's own holds back up to 40 ms, which the caller would wait longer for an answer. */
  readonly #resampler: Resampler
  readonly #onSound: MicrophoneOptions['onSound']
  #frames: ReadableStreamDefaultController<AudioFrame> | undefined

  constructor({ sampleRate: pageRate, onSound }: MicrophoneOptions) {
    super()
    this.#resampler = new Resampler(pageRate, sampleRate)
    this.#onSound = onSound
    this.multiStream.addInputStream(
      new ReadableStream<AudioFrame>({
        start: (controller) => {
          this.#frames = controller
        },
      }),
    )
  }

  /** `pcm` is not copied where its rate is right, and must have its memory to itself: the plugin sends all of that. */
  hear(pcm: Int16Array): void {
    const frame = this.#resampler.feed(pcm)
    if (this.#frames === undefined || frame.length === 0) return
    this.#onSound?.(frame)
    this.#frames.enqueue(new AudioFrame(frame, sampleRate, 1, frame.length))
  }

  override async close(): Promise<void> {
    if (this.#frames === undefined) return
    this.#frames.close()
    this.#frames = undefined
    await super.close()
  }
}
