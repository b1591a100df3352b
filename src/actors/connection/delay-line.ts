interface Waiting {
  dueAt: number
  work: () => void
}

/** Does things in their order, each `delayMs` after it was given; at once where that is 0 and nothing waits. */
export class DelayLine {
  readonly #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(private readonly delayMs: () => number) {}

  add(work: () => void): void {
    if (this.#isClosed) return
    const delayMs = this.delayMs()
    if (delayMs === 0 && this.#waiting.length === 0) {
      work()
      return
    }
    this.#waiting.push({ dueAt: performance.now() + delayMs, work })
    if (this.#waiting.length === 1) this.#awaitNext()
  }

  /** What waits is never done. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#waiting.length = 0
  }

  /** Nor is what is added from now on. */
  close(): void {
    this.#isClosed = true
    this.clear()
  }

  /** One at a time, as it would come: promises that one resolves are heard before the next. */
  #awaitNext(): void {
    const next = this.#waiting[0]
    if (!next) return
    this.#timer = setTimeout(() => this.#do(next), Math.ceil(next.dueAt - performance.now()))
  }

  #do(next: Waiting): void {
    // A timer may be early.
    const isDue = performance.now() >= next.dueAt
    if (isDue) this.#waiting.shift()
    // Before its work, which may add and clear.
    this.#awaitNext()
    if (isDue) next.work()
  }
}
