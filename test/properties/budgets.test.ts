import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backOffMs } from '../../src/machines/back-off.ts'
import { spendRestart } from '../../src/machines/restart-budget.ts'

const gapsMs = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })), {
  minLength: 1,
  maxLength: 80,
})

test('in no period of that length were more restarts allowed than the budget has', () => {
  const budget = fc.record({
    maxRestarts: fc.integer({ min: 1, max: 6 }),
    withinMs: fc.integer({ min: 1, max: 1_000 }),
  })
  fc.assert(
    fc.property(budget, gapsMs, (limits, gaps) => {
      let now = 0
      let restarts: number[] = []
      const allowedAt: number[] = []
      for (const gap of gaps) {
        now += gap
        const spent = spendRestart(restarts, now, limits)
        restarts = spent.restarts
        if (spent.allowed) allowedAt.push(now)
      }
      for (const start of allowedAt) {
        const within = allowedAt.filter((at) => at >= start && at - start < limits.withinMs)
        expect(within.length).toBeLessThanOrEqual(limits.maxRestarts)
      }
    }),
  )
})

test('every wait is whole milliseconds within the limit, however many are away', () => {
  const limits = fc
    .tuple(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 0, max: 600_000 }))
    .map(([minBackOffMs, more]) => ({ minBackOffMs, maxBackOffMs: minBackOffMs + more }))
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.nat(3_000), limits, random, fc.nat(10_000), (attempt, within, dice, othersAway) => {
      const waitMs = backOffMs(attempt, within, dice, othersAway)
      expect(waitMs).toSatisfy(Number.isSafeInteger)
      expect(waitMs).toBeGreaterThanOrEqual(0)
      expect(waitMs).toBeLessThanOrEqual(within.maxBackOffMs)
    }),
  )
})
