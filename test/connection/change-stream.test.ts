import { expect, test } from 'vitest'
import { ChangeStream } from '../../src/actors/connection/change-stream.ts'

test('a server that takes a subscription and ends it at once is asked more and more seldom', async () => {
  const waits: number[] = []
  const told: string[] = []
  const stream = new ChangeStream(
    {
      listen: async () => ({ closed: Promise.resolve('graceful') }),
      isRefusal: () => false,
      onReopened: () => told.push('reopened'),
      onGap: () => told.push('gap'),
      onLost: () => told.push('lost'),
    },
    async (waitMs) => {
      waits.push(waitMs)
      if (waits.length === 9) stream.close()
    },
  )
  await stream.open()
  await expect.poll(() => waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  expect(told).toEqual(Array(8).fill('reopened'))
})
