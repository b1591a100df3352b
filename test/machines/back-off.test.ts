import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backOffMs } from '../../src/machines/back-off.ts'

const limits = fc
  .record({ minBackOffMs: fc.integer({ min: 1, max: 10_000 }), factor: fc.integer({ min: 1, max: 1_000 }) })
  .map(({ minBackOffMs, factor }) => ({ minBackOffMs, maxBackOffMs: minBackOffMs * factor }))
const attempt = fc.integer({ min: 1, max: 2_000 })
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('the first attempt is at once', () => {
  fc.assert(fc.property(limits, random, (within, dice) => backOffMs(0, within, dice) === 0))
})

test('a wait lies between nothing and its ceiling', () => {
  fc.assert(
    fc.property(attempt, limits, random, (count, within, dice) => {
      const { minBackOffMs, maxBackOffMs } = within
      const waitMs = backOffMs(count, within, dice)
      expect(waitMs).toBeGreaterThanOrEqual(0)
      expect(waitMs).toBeLessThanOrEqual(Math.min(maxBackOffMs, minBackOffMs * 2 ** (count - 1)))
    }),
  )
})

test('the ceiling never falls from one attempt to the next', () => {
  fc.assert(
    fc.property(
      attempt,
      limits,
      random,
      (count, within, dice) => backOffMs(count, within, dice) <= backOffMs(count + 1, within, dice),
    ),
  )
})

test('the whole range is used', () => {
  const within = { minBackOffMs: 100, maxBackOffMs: 1_000 }
  expect([1, 2, 3, 4, 5, 99].map((count) => backOffMs(count, within, 1))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ])
  expect(backOffMs(5, within, 0)).toBe(0)
})
