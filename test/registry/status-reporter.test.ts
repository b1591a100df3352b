import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ServerState, ServerStatus } from '../../src/contract/protocol.ts'
import type { Observation } from '../../src/registry/agent-wire.ts'
import { StatusReporter } from '../../src/registry/client/status-reporter.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function seen(state: ServerState): ServerStatus[] {
  const facts = { name: 'bank', state, since: 0, generation: 1, transport: 'http' } as const
  return [{ ...facts, functions: ['charge'], listed: true, inFlight: 0, rejected: [] }]
}

test('a report waits for the one before it, so that the registry keeps the newest', async () => {
  const told: string[] = []
  const answers: (() => void)[] = []
  const tell = ([first]: Observation[]) => {
    told.push(first?.status ?? 'nothing')
    return new Promise<void>((resolve) => answers.push(resolve))
  }
  const reporter = new StatusReporter(() => 'the-id', tell)
  reporter.observed(seen('reconnecting'))
  await vi.advanceTimersByTimeAsync(200)
  reporter.observed(seen('ready'))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(told).toEqual(['reconnecting'])
  answers.shift()?.()
  await vi.advanceTimersByTimeAsync(200)
  expect(told).toEqual(['reconnecting', 'ready'])
  reporter.close()
})

test('what goes on is told again before the registry takes it for old, also where it could not be told', async () => {
  let told = 0
  const reporter = new StatusReporter(
    () => 'the-id',
    async () => {
      told += 1
      throw new Error('the registry is away')
    },
  )
  reporter.observed(seen('ready'))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toBe(3)
  reporter.close()
  await vi.advanceTimersByTimeAsync(60_000)
  expect([told, vi.getTimerCount()]).toEqual([3, 0])
})
