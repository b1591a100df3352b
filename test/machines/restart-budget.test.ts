import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spendRestart } from '../../src/machines/restart-budget.ts'

const budget = fc.record({
  maxRestarts: fc.integer({ min: 1, max: 8 }),
  withinMs: fc.integer({ min: 1, max: 5_000 }),
})
const gaps = fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 40 })

test('a restart is allowed exactly while no more than so many happened within the period', () => {
  fc.assert(
    fc.property(budget, gaps, (limits, pauses) => {
      let now = 0
      let kept: number[] = []
      const all: number[] = []
      for (const pause of pauses) {
        now += pause
        all.push(now)
        const { restarts, allowed } = spendRestart(kept, now, limits)
        const counted = all.filter((at) => now - at < limits.withinMs)
        expect(restarts).toEqual(counted)
        expect(allowed).toBe(counted.length <= limits.maxRestarts)
        kept = restarts
      }
    }),
  )
})

test('what is remembered does not grow for ever', () => {
  fc.assert(
    fc.property(gaps, (pauses) => {
      const limits = { maxRestarts: 3, withinMs: 1_000 }
      let now = 0
      let kept: number[] = []
      for (const pause of pauses) {
        now += pause + 500
        kept = spendRestart(kept, now, limits).restarts
      }
      expect(kept.length).toBeLessThanOrEqual(2)
    }),
  )
})
