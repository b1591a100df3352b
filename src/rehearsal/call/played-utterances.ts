import { concatenate } from '../pcm.ts'

/** What the caller has heard of the agent without a pause. Times are of the call. */
export interface PlayedUtterance {
  /** PCM16, mono, 24 kHz. */
  pcm: Int16Array
  startedAtMs: number
  endedAtMs: number
}

/** Puts together the pieces that a loudspeaker has played. */
export class PlayedUtterances {
  #pieces: Int16Array[] = []
  #startedAtMs = 0

  add(pcm: Int16Array, atMs: number): void {
    if (this.#pieces.length === 0) this.#startedAtMs = atMs
    this.#pieces.push(pcm)
  }

  /** Nothing where nothing was heard. */
  end(endedAtMs: number): PlayedUtterance | undefined {
    const pcm = concatenate(this.#pieces.splice(0))
    return pcm.length === 0 ? undefined : { pcm, startedAtMs: this.#startedAtMs, endedAtMs }
  }
}
