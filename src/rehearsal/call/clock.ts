import { performance } from 'node:perf_hooks'

/** The time of a call's sound, in milliseconds since it began; at `speed` 4 it passes four times as fast as real time. */
export interface CallClock {
  readonly speed: number
  nowMs(): number
  /** Runs something later, in the call's time; returns the way to call it off. */
  after(delayMs: number, run: () => void): () => void
}

export function createCallClock(speed = 1): CallClock {
  if (!(speed > 0)) throw new RangeError(`speed must be above 0, not ${speed}`)
  const startedAt = performance.now()
  return {
    speed,
    nowMs: () => (performance.now() - startedAt) * speed,
    after: (delayMs, run) => {
      const timer = setTimeout(run, Math.max(0, delayMs) / speed)
      return () => clearTimeout(timer)
    },
  }
}
