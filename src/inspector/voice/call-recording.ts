import { setImmediate as nextTurn } from 'node:timers/promises'
import { Recording, type Rendering } from '../../rehearsal/call/recording.ts'
import { sampleRate, samplesPerMs } from '../../rehearsal/pcm.ts'
import { encodeFrames, encodeWavHeader, wavHeaderBytes } from '../../rehearsal/speech/wav.ts'
import type { StreamedBody } from '../http/reply.ts'

/** In memory: 2.9 MB a minute and voice. */
const maxRecordedMs = 30 * 60_000
/** A microphone's pieces follow each other without a gap, however unevenly they arrive; where they are later than this, it was off. */
const maxUnevennessMs = 1_000
const maxSilenceMs = 5_000
const channelCount = 2
const frameBytes = 2 * channelCount

/**
 * Both voices of a call: what the microphone gave, and what the loudspeaker really played. The first half hour of it. Sound is
 * PCM16, mono, 24 kHz.
 */
export class CallRecording {
  readonly #recording = new Recording()
  readonly #startedAt = performance.now()
  /** Up to where the microphone has given sound, in the call's time. */
  #callerEndMs = 0
  #agentBeganMs = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  addCaller(pcm: Int16Array): void {
    const durationMs = pcm.length / samplesPerMs
    const arrivedMs = this.#nowMs - durationMs
    const atMs = arrivedMs - this.#callerEndMs > maxUnevennessMs ? arrivedMs : this.#callerEndMs
    this.#callerEndMs = atMs + durationMs
    if (atMs >= maxRecordedMs) return
    this.#recording.addCaller(pcm, atMs)
    this.#bytes += pcm.byteLength
  }

  agentBegins(): void {
    this.#agentBeganMs = this.#nowMs
  }

  /** What was heard since it began. */
  addAgent(pcm: Int16Array): void {
    if (this.#agentBeganMs >= maxRecordedMs) return
    this.#recording.addAgent(pcm, this.#agentBeganMs)
    this.#bytes += pcm.byteLength
  }

  /**
   * Until now: the caller left, the agent right; long silences are cut. Each piece is made when it is asked for, and other calls
   * have their turn before it.
   */
  wav(): StreamedBody {
    const rendering = this.#recording.rendering({ maxSilenceMs })
    return { size: wavHeaderBytes + rendering.length * frameBytes, chunks: wavOf(rendering) }
  }

  /** What has passed, or what the microphone has given where that is more: a test speaks faster than time passes. */
  get #nowMs(): number {
    return Math.max(performance.now() - this.#startedAt, this.#callerEndMs)
  }
}

async function* wavOf({ length, read }: Rendering): AsyncGenerator<Uint8Array> {
  yield encodeWavHeader(length * frameBytes, channelCount, sampleRate)
  for (let from = 0; from < length; from += sampleRate) {
    await nextTurn()
    const { caller, agent } = read(from, Math.min(from + sampleRate, length))
    yield encodeFrames([caller, agent])
  }
}
