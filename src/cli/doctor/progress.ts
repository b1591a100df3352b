import { listed } from './listed.ts'

const quietMs = 500
const repeatMs = 5_000
const maxNamesCharacters = 18

/** What is still awaited: silent for half a second, then a line at once, at each change, and now and then. */
export class Progress {
  #waiting: readonly string[] = []
  #total = 0
  #isQuiet = true
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly limitMs: number,
    private readonly write: (line: string) => void,
  ) {}

  start(names: readonly string[]): void {
    this.#waiting = names
    this.#total = names.length
    this.#timer = setTimeout(() => {
      this.#isQuiet = false
      this.#print()
    }, quietMs)
  }

  update(waiting: readonly string[]): void {
    this.#waiting = waiting
    if (!this.#isQuiet && waiting.length > 0) this.#print()
  }

  note(text: string): void {
    this.write(`switchboard: ${text}`)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#isQuiet = true
  }

  #print(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#print(), repeatMs)
    const done = this.#total - this.#waiting.length
    const names = listed(this.#waiting, maxNamesCharacters)
    this.note(`waiting for ${names} (${done} of ${this.#total} done; up to ${this.limitMs / 1000} s)`)
  }
}
