import { check, type Violation as Lie } from '../history/checker.ts'
import type { Violation } from './invariants.ts'
import { type Mode, planOf } from './plan.ts'
import { simulate } from './simulate.ts'

/** One simulated hour, in numbers. */
export interface Tally {
  seed: number
  mode: Mode
  calls: number
  faults: number
  simulatedMs: number
  outcomes: Record<string, number>
  violations: Violation[]
  /** What the independent checker says of the history. */
  lies: Lie[]
}

export async function tallyOf(seed: number, mode: Mode): Promise<Tally> {
  const { calls, faults, simulatedMs, history, violations } = await simulate(planOf(seed, mode))
  const outcomes: Record<string, number> = {}
  for (const event of history) {
    if (event.type !== 'outcome') continue
    const key = event.code === 'ok' ? 'ok' : `${event.code}, ${event.effect}`
    outcomes[key] = (outcomes[key] ?? 0) + 1
  }
  return { seed, mode, calls, faults, simulatedMs, outcomes, violations, lies: check(history) }
}

export function sum(tallies: readonly Tally[]) {
  const outcomes: Record<string, number> = {}
  const total = { seeds: tallies.length, calls: 0, faults: 0, hours: 0, outcomes, violations: 0, lies: 0 }
  for (const tally of tallies) {
    total.calls += tally.calls
    total.faults += tally.faults
    total.violations += tally.violations.length
    total.lies += tally.lies.length
    for (const [key, count] of Object.entries(tally.outcomes)) outcomes[key] = (outcomes[key] ?? 0) + count
  }
  const simulatedMs = tallies.reduce((ms, tally) => ms + tally.simulatedMs, 0)
  total.hours = Math.round(simulatedMs / 3_600_000)
  return total
}
