import { concatenate } from '../pcm.ts'
import { listeningRate } from './acoustics.ts'
import type { Recognizer } from './recognizer.ts'
import { utterances, VoiceActivity } from './voice-activity.ts'

export type ListenerEvent =
  | { type: 'started'; atMs: number }
  | { type: 'stopped'; atMs: number }
  | { type: 'failed'; message: string }
  | {
      type: 'heard'
      /** The nearest sentence of the grammar; empty if there is none. */
      guess: string
      score: number
      /** How much voice there was; noise such as a cough is short. */
      voicedMs: number
      /** The grammar that was in force, as given to `setGrammar`. */
      grammarId: number
    }

export interface ListenerOptions {
  /** Without turn detection an utterance is what was fed between two `commit`s. */
  turnDetection: boolean
  silenceMs: number
}

export interface GrammarText {
  id: number
  /** Empty: nothing can be said. */
  jsgf: string
  /** Every word of the grammar, so that unknown ones get a pronunciation. */
  words: string[]
}

const preRollSamples = listeningRate * 0.4
const maximumUtteranceSamples = listeningRate * 12
const maximumManualSamples = listeningRate * 60

/** The ears of one call: 16 kHz in, utterances out. Decodes while the caller still speaks. */
export class Listener {
  readonly #recognizer: Recognizer
  readonly #emit: (event: ListenerEvent) => void
  #options: ListenerOptions
  #activity: VoiceActivity
  #grammarId = 0
  #nextGrammar: GrammarText | undefined
  #preRoll: Int16Array = new Int16Array(0)
  #speaking = false
  #decoding = false
  #utteranceSamples = 0
  #manual: Int16Array[] = []

  constructor(recognizer: Recognizer, options: ListenerOptions, emit: (event: ListenerEvent) => void) {
    this.#recognizer = recognizer
    this.#options = options
    this.#emit = emit
    this.#activity = new VoiceActivity({ silenceMs: options.silenceMs })
  }

  configure(options: ListenerOptions): void {
    const same =
      options.turnDetection === this.#options.turnDetection && options.silenceMs === this.#options.silenceMs
    if (same) return
    this.clear()
    this.#options = options
    this.#activity = new VoiceActivity({ silenceMs: options.silenceMs })
  }

  /** In force from the next utterance. */
  setGrammar(grammar: GrammarText): void {
    this.#nextGrammar = grammar
    if (!this.#speaking) this.#swapGrammar()
  }

  feed(pcm: Int16Array): void {
    if (!this.#options.turnDetection) {
      if (this.#utteranceSamples < maximumManualSamples) this.#manual.push(pcm)
      this.#utteranceSamples += pcm.length
      return
    }
    let ended = false
    for (const event of this.#activity.feed(pcm)) {
      if (event.type === 'start' && !this.#speaking) this.#begin(event.atMs)
      ended = event.type === 'end'
    }
    if (this.#speaking) {
      this.#utteranceSamples += pcm.length
      if (this.#decoding) this.#recognizer.feed(pcm)
      if (ended || this.#utteranceSamples > maximumUtteranceSamples) this.#finish()
    }
    this.#preRoll = concatenate([this.#preRoll, pcm]).slice(-preRollSamples)
  }

  /** Ends the utterance now. Emits `heard` in any case. */
  commit(): void {
    if (this.#options.turnDetection) {
      if (this.#speaking) this.#finish()
      else this.#emit({ ...this.#silence(), voicedMs: 0 })
      return
    }
    const spoken = utterances(concatenate(this.#manual), listeningRate)
    const voicedMs = spoken.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
    const guess = spoken.length > 0 && this.#recognizer.hasGrammar
    const heard = guess ? this.#recognizer.hear(concatenate(spoken.map(({ pcm }) => pcm))) : undefined
    this.#manual = []
    this.#utteranceSamples = 0
    this.#emit({
      ...this.#silence(),
      ...(heard && { guess: heard.text, score: heard.score }),
      voicedMs,
    })
    this.#swapGrammar()
  }

  /** Forgets what was fed and not yet heard. */
  clear(): void {
    if (this.#decoding) this.#recognizer.stop()
    this.#decoding = false
    this.#speaking = false
    this.#activity.end()
    this.#preRoll = new Int16Array(0)
    this.#manual = []
    this.#utteranceSamples = 0
    this.#swapGrammar()
  }

  #begin(atMs: number): void {
    this.#speaking = true
    this.#utteranceSamples = 0
    // First: decoding what was before takes a while, and the agent talks on.
    this.#emit({ type: 'started', atMs })
    this.#decoding = this.#recognizer.hasGrammar
    if (this.#decoding) {
      this.#recognizer.start()
      this.#recognizer.feed(this.#preRoll)
    }
  }

  #finish(): void {
    this.#activity.end()
    this.#emit({ type: 'stopped', atMs: this.#activity.elapsedMs })
    const heard = this.#decoding ? this.#recognizer.stop() : undefined
    this.#decoding = false
    this.#speaking = false
    this.#emit({
      ...this.#silence(),
      ...(heard && { guess: heard.text, score: heard.score }),
      voicedMs: this.#activity.voicedMs,
    })
    this.#swapGrammar()
  }

  #silence() {
    const score = Number.NEGATIVE_INFINITY
    return { type: 'heard' as const, guess: '', score, grammarId: this.#grammarId }
  }

  #swapGrammar(): void {
    const grammar = this.#nextGrammar
    if (!grammar) return
    this.#nextGrammar = undefined
    if (grammar.jsgf) this.#recognizer.setGrammar(grammar.jsgf, grammar.words)
    else this.#recognizer.forgetGrammar()
    this.#grammarId = grammar.id
  }
}
