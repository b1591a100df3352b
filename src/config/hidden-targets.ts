import type { SealedTarget } from './sealed-target.ts'

/** Of servers that are gone: a late word may still repeat what they were given. */
const maxGoneTargets = 100

/**
 * Hides what the servers of several pools were given. Each target counts by itself: two of the same address look the same, and
 * have learned the tokens of two users.
 */
export class HiddenTargets<Pool> {
  readonly #there = new Map<Pool, ReadonlySet<SealedTarget>>()
  #gone: SealedTarget[] = []

  /** All that a pool has now. */
  learn(pool: Pool, targets: ReadonlySet<SealedTarget>): void {
    const before = this.#there.get(pool) ?? new Set()
    this.#there.set(pool, targets)
    this.#bury([...before].filter((target) => !targets.has(target)))
  }

  forget(pool: Pool): void {
    this.learn(pool, new Set())
    this.#there.delete(pool)
  }

  mask(text: string): string {
    let masked = text
    for (const targets of this.#there.values()) for (const target of targets) masked = target.mask(masked)
    for (const target of this.#gone) masked = target.mask(masked)
    return masked
  }

  #bury(targets: SealedTarget[]): void {
    this.#gone = [...this.#gone, ...targets].slice(-maxGoneTargets)
  }
}
