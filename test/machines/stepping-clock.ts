import { SimulatedClock } from 'xstate'

/** A simulated clock that goes from timer to timer, so that each fires at its own time, and knows which are left. */
export class SteppingClock extends SimulatedClock {
  readonly #dueAt = new Map<number, number>()

  override setTimeout(fire: () => void, timeoutMs: number): number {
    const id = super.setTimeout(() => {
      this.#dueAt.delete(id)
      fire()
    }, timeoutMs)
    this.#dueAt.set(id, this.now() + timeoutMs)
    return id
  }

  override clearTimeout(id: number): void {
    this.#dueAt.delete(id)
    super.clearTimeout(id)
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#dueAt.size
  }

  pass(ms: number): void {
    const endsAt = this.now() + ms
    this.msUntil(() => false, ms)
    this.set(endsAt)
  }

  /** How long until something has happened; nothing where it does not within `limitMs`. */
  msUntil(hasHappened: () => boolean, limitMs: number): number | undefined {
    const startedAt = this.now()
    for (let steps = 0; !hasHappened(); steps++) {
      if (steps === 1_000) throw new Error('timers without end')
      const nextAt = Math.min(...this.#dueAt.values())
      if (nextAt > startedAt + limitMs) return undefined
      this.set(Math.max(nextAt, this.now()))
    }
    return this.now() - startedAt
  }
}
