import type { MicrophoneMessage } from './worklet-messages.ts'

const pieceSamples = Math.round(sampleRate * 0.02)

/** Gives the microphone's sound to the page in pieces of 20 ms. */
class Microphone extends AudioWorkletProcessor {
  #piece = new Int16Array(pieceSamples)
  #filled = 0
  #squares = 0

  process([input]: Float32Array[][]): boolean {
    for (const sample of input?.[0] ?? []) {
      const bounded = Math.max(-1, Math.min(1, sample))
      this.#piece[this.#filled++] = bounded * 32_767
      this.#squares += bounded * bounded
      if (this.#filled === pieceSamples) this.#give()
    }
    return true
  }

  #give(): void {
    const message: MicrophoneMessage = {
      pcm: this.#piece.buffer,
      level: Math.sqrt(this.#squares / pieceSamples),
    }
    this.port.postMessage(message, [message.pcm])
    this.#piece = new Int16Array(pieceSamples)
    this.#filled = 0
    this.#squares = 0
  }
}

registerProcessor('microphone', Microphone)
