/** What ends a call before its turns are through: the one who placed it, or the session. */
export class StopSignal {
  readonly #placed: AbortSignal | undefined
  readonly #own = new AbortController()
  readonly #onAbort = (): void => this.stop(this.#placed?.reason)

  constructor(placed: AbortSignal | undefined) {
    this.#placed = placed
    placed?.addEventListener('abort', this.#onAbort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#own.signal
  }

  stop(reason: unknown): void {
    this.#own.abort(reason)
  }

  /** The result, or the reason to stop if that comes first. */
  async orStopped<T>(work: T | Promise<T>): Promise<T> {
    const { signal } = this.#own
    if (signal.aborted) {
      Promise.resolve(work).catch(() => {})
      throw signal.reason
    }
    let onAbort = (): void => {}
    const stopped = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
    })
    try {
      return await Promise.race([work, stopped])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  dispose(): void {
    this.#placed?.removeEventListener('abort', this.#onAbort)
  }
}
