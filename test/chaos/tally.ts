import type { Outcome } from '../../src/index.ts'

/** How often calls under each fault ended in each way: `ok`, or `code effect`. */
export class Tally {
  readonly rows = new Map<string, Map<string, number>>()
  add(fault: string, outcome: Outcome): void {
    const end = outcome.ok ? 'ok' : `${outcome.error.code} ${outcome.error.effect}`
    const row = this.rows.get(fault) ?? new Map<string, number>()
    this.rows.set(fault, row.set(end, (row.get(end) ?? 0) + 1))
  }

  get total(): number {
    return this.sum(() => true)
  }

  get ok(): number {
    return this.sum((end) => end === 'ok')
  }

  /** What occurred, the most frequent first. */
  get ends(): string[] {
    const ends = [...new Set([...this.rows.values()].flatMap((row) => [...row.keys()]))]
    const times = new Map(ends.map((end) => [end, this.sum((other) => other === end)]))
    return ends.sort((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0))
  }

  sum(isCounted: (end: string) => boolean): number {
    let sum = 0
    for (const row of this.rows.values()) {
      for (const [end, times] of row) if (isCounted(end)) sum += times
    }
    return sum
  }
}
