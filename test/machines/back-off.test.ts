import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backOffMs } from '../../src/machines/back-off.ts'

const limits = fc
  .record({ minBackOffMs: fc.integer({ min: 1, max: 10_000 }), factor: fc.integer({ min: 1, max: 1_000 }) })
  .map(({ minBackOffMs, factor }) => ({ minBackOffMs, maxBackOffMs: minBackOffMs * factor }))
const attempt = fc.integer({ min: 1, max: 2_000 })
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('the first attempt of a server that is away alone is at once', () => {
  fc.assert(fc.property(limits, random, (within, dice) => backOffMs(0, within, dice, 0) === 0))
})

test('servers that are away together spread their first attempts, within the limit', () => {
  const within = { minBackOffMs: 100, maxBackOffMs: 1_000 }
  expect([1, 10, 99].map((others) => backOffMs(0, within, 1, others))).toEqual([50, 500, 1_000])
  expect(backOffMs(0, within, 0, 10)).toBe(0)
})

test('a later wait does not depend on how many are away', () => {
  const count = fc.integer({ min: 0, max: 1_000 })
  fc.assert(
    fc.property(
      ...([attempt, limits, random, count] as const),
      (later, within, dice, others) =>
        backOffMs(later, within, dice, others) === backOffMs(later, within, dice, 0),
    ),
  )
})

test('a wait lies between nothing and its ceiling', () => {
  fc.assert(
    fc.property(attempt, limits, random, (count, within, dice) => {
      const { minBackOffMs, maxBackOffMs } = within
      const waitMs = backOffMs(count, within, dice, 0)
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
      (count, within, dice) => backOffMs(count, within, dice, 0) <= backOffMs(count + 1, within, dice, 0),
    ),
  )
})

test('the whole range is used', () => {
  const within = { minBackOffMs: 100, maxBackOffMs: 1_000 }
  expect([1, 2, 3, 4, 5, 99].map((count) => backOffMs(count, within, 1, 0))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ])
  expect(backOffMs(5, within, 0, 0)).toBe(0)
})
