import { unwatchFile, watchFile } from 'node:fs'
import { resolve } from 'node:path'
import { readText } from './text.ts'

/** Asked of the file system, and not told by it: a file that is replaced, linked, mounted or far away is seen all the same. */
const lookEveryMs = 500
/** An editor writes a file in several steps. */
const quietMs = 100

/** A file whose changes of content are noticed. Keeps no process alive. */
export class WatchedFile {
  readonly #path: string
  #content: string | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #soon = () => {
    this.#timer ??= setTimeout(() => this.#look(), quietMs).unref()
  }
  #onChange: () => void = () => {}

  /** Changes count from now on, also those before `start`. */
  constructor(file: string) {
    this.#path = resolve(file)
    this.#content = this.#read()
  }

  /** `onChange`: after the content has changed, or the file has gone. */
  start(onChange: () => void): void {
    this.#onChange = onChange
    watchFile(this.#path, { interval: lookEveryMs, persistent: false }, this.#soon)
    this.#look()
  }

  stop(): void {
    clearTimeout(this.#timer)
    unwatchFile(this.#path, this.#soon)
    this.#onChange = () => {}
  }

  #look(): void {
    this.#timer = undefined
    const content = this.#read()
    if (content === this.#content) return
    this.#content = content
    this.#onChange()
  }

  #read(): string | undefined {
    try {
      return readText(this.#path)
    } catch {
      return undefined
    }
  }
}
