import { sampleRate, samplesPerMs } from '../../rehearsal/call/audio-format.ts'
import { Recording } from '../../rehearsal/call/recording.ts'
import { encodeWav } from '../../rehearsal/speech/wav.ts'

/** In memory: 2.9 MB a minute and voice. */
const maxRecordedMs = 30 * 60_000
/** A microphone's pieces follow each other without a gap, however unevenly they arrive; where they are later than this, it was off. */
const maxUnevennessMs = 1_000
const maxSilenceMs = 5_000

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

  /** The caller left, the agent right. Long silences are cut. */
  wav(): Buffer {
    const { caller, agent } = this.#recording.render({ maxSilenceMs })
    return encodeWav([caller, agent], sampleRate)
  }

  /** What has passed, or what the microphone has given where that is more: a test speaks faster than time passes. */
  get #nowMs(): number {
    return Math.max(performance.now() - this.#startedAt, this.#callerEndMs)
  }
}
