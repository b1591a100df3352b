import type { CallClock } from '../../src/rehearsal/call/clock.ts'

/** A call's time that passes only when a test says so. */
export class ManualClock implements CallClock {
  readonly speed = 1
  #nowMs = 0
  #timers: { atMs: number; run: () => void }[] = []

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  get waiting(): number {
    return this.#timers.length
  }

  advance(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      this.#timers = this.#timers.filter((other) => other !== next)
      next.run()
    }
    this.#nowMs = untilMs
  }

  /** Time passes while nothing can run; what was due runs late. */
  stall(durationMs: number): void {
    this.#nowMs += durationMs
    this.advance(0)
  }

  #next(untilMs: number): { atMs: number; run: () => void } | undefined {
    return this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((left, right) => left.atMs - right.atMs)[0]
  }
}
