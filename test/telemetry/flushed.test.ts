import { expect, test } from 'vitest'
import { flushed } from '../../src/telemetry/flushed.ts'

test('an exporter that reaches nobody, or breaks, holds up the end for a second at most', async () => {
  const breaking = {
    forceFlush: () => {
      throw new Error('no exporter')
    },
  }
  const hanging = { forceFlush: () => new Promise<void>(() => {}) }
  const startedAt = performance.now()
  await flushed(breaking, { getTracer: () => {} })
  const brokenMs = performance.now() - startedAt
  await flushed(breaking, hanging)
  expect(brokenMs).toBeLessThan(500)
  expect(performance.now() - startedAt - brokenMs).toBeGreaterThan(900)
})
