import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import createModule, { type Decoder, type SoundSwallowerModule } from 'soundswallower'
import { listeningRate, phones, phoneWords } from './acoustics.ts'
import type { Flite } from './flite.ts'
import { resample } from './resample.ts'

export interface Hypothesis {
  /** The nearest path through the grammar; empty if there is none. */
  text: string
  /** Per 10 ms frame; 0 would be the best senone in every frame. */
  score: number
}

const framesPerSample = 100 / listeningRate
const stepSamples = listeningRate / 10

let loading: Promise<SoundSwallowerModule> | undefined

function loadModule(): Promise<SoundSwallowerModule> {
  const main = createRequire(import.meta.url).resolve('soundswallower')
  // By default it looks for its model relative to the working directory.
  const settings: Partial<SoundSwallowerModule> & { modelBase: string } = {
    modelBase: join(dirname(main), 'model') + sep,
  }
  loading ??= createModule(settings)
  return loading
}

/**
 * One decoder. `Decoder.delete()` leaks 10 MB while reuse leaks nothing, so these are pooled and live as long as their
 * thread. All decoders of a thread share one WASM module.
 */
export class Recognizer {
  readonly #module: SoundSwallowerModule
  readonly #decoder: Decoder
  readonly #flite: Flite
  #samples = 0
  #listening = false
  #hasGrammar = false

  static async create(flite: Flite): Promise<Recognizer> {
    const module = await loadModule()
    const decoder = new module.Decoder({ loglevel: 'FATAL', samprate: listeningRate })
    await decoder.initialize()
    decoder.add_words(...phones.map((phone, index): [string, string] => [phoneWords[index] ?? phone, phone]))
    const recognizer = new Recognizer(module, decoder, flite)
    recognizer.#warmUp()
    return recognizer
  }

  private constructor(module: SoundSwallowerModule, decoder: Decoder, flite: Flite) {
    this.#module = module
    this.#decoder = decoder
    this.#flite = flite
  }

  get hasGrammar(): boolean {
    return this.#hasGrammar
  }

  /** Between utterances only. Throws on an unparseable grammar; then the old one stays. */
  setGrammar(jsgf: string, words: Iterable<string>): void {
    const missing = [...new Set(words)].filter((word) => this.#decoder.lookup_word(word) === null)
    // Only the last word of one call rebuilds the decoder's tables.
    const entries = missing.map((word): [string, string] => [word, this.#flite.phones(word)])
    if (entries.length > 0) this.#decoder.add_words(...entries)
    this.#decoder.set_grammar(jsgf)
    this.#hasGrammar = true
  }

  forgetGrammar(): void {
    this.#hasGrammar = false
  }

  start(): void {
    this.#decoder.start()
    this.#samples = 0
    this.#listening = true
  }

  feed(pcm: Int16Array): void {
    this.#samples += pcm.length
    for (let at = 0; at < pcm.length; at += stepSamples) {
      const floats = Float32Array.from(pcm.subarray(at, at + stepSamples), (sample) => sample / 32768)
      this.#decoder.process_audio(floats, false, false)
    }
  }

  stop(): Hypothesis {
    this.#decoder.stop()
    this.#listening = false
    const text = this.#decoder.get_text().trim()
    const frames = Math.max(10, this.#samples * framesPerSample)
    return { text, score: text ? this.#pathScore() / frames : Number.NEGATIVE_INFINITY }
  }

  /** Makes it fit for another call. */
  reset(): void {
    if (this.#listening) this.stop()
    this.#hasGrammar = false
  }

  hear(pcm: Int16Array): Hypothesis {
    this.start()
    this.feed(pcm)
    return this.stop()
  }

  /** The typings leave out `decoder_hyp`, whose second argument receives the score of the path. */
  #pathScore(): number {
    const hypothesis: unknown = Reflect.get(this.#module, '_decoder_hyp')
    const address: unknown = Reflect.get(this.#decoder, 'cdecoder')
    if (typeof hypothesis !== 'function') throw new Error('soundswallower has no decoder_hyp: is it 0.6.3?')
    const resultAt = this.#module._malloc(4)
    const found = hypothesis(address, resultAt)
    // The heap is another object after it grew: read it afresh.
    const score = found ? (this.#module.HEAP32[resultAt >> 2] ?? 0) : Number.NEGATIVE_INFINITY
    this.#module._free(resultAt)
    return score
  }

  /** The decoder keeps a running cepstral mean; without one spoken sentence the first utterance scores 3 lower. */
  #warmUp(): void {
    const sentence = 'which servers are running tell me about the weather in berlin'
    const { pcm, sampleRate } = this.#flite.synthesise(sentence, 'slt')
    this.setGrammar(`#JSGF V1.0; grammar warm; public <warm> = ${sentence};`, [])
    this.hear(resample(pcm, sampleRate, listeningRate))
    this.#hasGrammar = false
  }
}
