import { oneLine } from '../text/text.ts'

const quietMs = 500
/** On a terminal, so that one sees that it goes on. */
const redrawMs = 1_000
/** Elsewhere, where every line stays. */
const leastPauseMs = 1_000

/**
 * What is being waited for: silent for half a second; then one line that is written over on a terminal, else a line at each
 * change, one a second at most.
 */
export class StatusLine {
  #text = ''
  #shown: string | undefined
  #shownAt = -Infinity
  #startedAt = 0
  #isQuiet = true
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  show(text: string): void {
    this.#text = oneLine(text)
    if (this.#timer === undefined) {
      this.#startedAt = performance.now()
      this.#timer = setTimeout(() => {
        this.#isQuiet = false
        this.#draw()
      }, quietMs)
    } else if (!this.#isQuiet) this.#draw()
  }

  /** A line that stays. */
  note(text: string): void {
    this.makeRoom()
    this.stream.write(`switchboard: ${text}\n`)
  }

  /** Before something else is written to the same terminal; it comes back by itself. */
  makeRoom(): void {
    if (this.stream.isTTY && this.#shown !== undefined) this.stream.write('\r\u001b[K')
  }

  /** Until `show` is called again. */
  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isQuiet = true
    this.makeRoom()
    this.#shown = undefined
  }

  #draw(): void {
    clearTimeout(this.#timer)
    if (this.stream.isTTY) {
      const seconds = Math.floor((performance.now() - this.#startedAt) / 1_000)
      const line = `${this.#text}${seconds > 0 ? ` … ${seconds} s` : ' …'}`
      this.stream.write(`\r\u001b[K\u001b[?7l${line.slice(0, this.stream.columns - 1)}\u001b[?7h`)
      this.#shown = this.#text
      this.#timer = setTimeout(() => this.#draw(), redrawMs)
      return
    }
    const pauseMs = this.#shownAt + leastPauseMs - performance.now()
    this.#timer = setTimeout(() => this.#draw(), Math.max(pauseMs, leastPauseMs))
    if (this.#text === this.#shown || pauseMs > 0) return
    this.#shown = this.#text
    this.#shownAt = performance.now()
    this.stream.write(`switchboard: ${this.#text} …\n`)
  }
}

/** Tells that `work` goes on, where it takes longer than half a second. */
export async function withStatus<Value>(text: string, work: () => Promise<Value>): Promise<Value> {
  const status = new StatusLine()
  status.show(text)
  try {
    return await work()
  } finally {
    status.end()
  }
}
