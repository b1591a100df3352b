import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ServerLog } from '../../src/actors/connection/server-log.ts'
import type { LogMessage } from '../../src/index.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function opened() {
  const told: LogMessage[] = []
  const log = new ServerLog((message) => told.push(message))
  const say = (from: number, to: number) => {
    for (let index = from; index <= to; index++) log.take({ level: 'info', data: `${index}` })
  }
  return { log, told, say, texts: () => told.map(({ text }) => text) }
}

const oneTo = (count: number) => Array.from({ length: count }, (_, index) => `${index + 1}`)

test('of too many at once the newest comes with the number of those that are left out', () => {
  const { told, say, texts } = opened()
  say(1, 1_000)
  expect(texts()).toEqual(oneTo(20))
  vi.advanceTimersByTime(1_000)
  expect(told.slice(20)).toEqual([{ level: 'info', text: '1000', dropped: 979 }])
  // It counts in its own second.
  say(1_001, 1_100)
  expect(told).toHaveLength(40)
  vi.advanceTimersByTime(1_000)
  expect(told.slice(40)).toEqual([{ level: 'info', text: '1100', dropped: 80 }])
})

test('one too many is held back and not lost', () => {
  const { told, say } = opened()
  say(1, 21)
  expect(told).toHaveLength(20)
  vi.advanceTimersByTime(1_000)
  expect(told.slice(20)).toEqual([{ level: 'info', text: '21' }])
})

test('what is said slowly is told at once', () => {
  const { say, texts } = opened()
  for (let second = 1; second <= 3; second++) {
    say(second, second)
    vi.advanceTimersByTime(1_000)
  }
  expect(texts()).toEqual(oneTo(3))
})

test('the newest is told before the connection ends, and nothing after', () => {
  const { log, say, texts } = opened()
  say(1, 30)
  log.flush()
  expect(texts()).toEqual([...oneTo(20), '30'])
  say(31, 60)
  log.close()
  vi.advanceTimersByTime(10_000)
  expect(texts().at(-1)).toBe('49')
})

test.each([
  ['text', 'text'],
  [{ free: 1 }, '{"free":1}'],
  [null, 'null'],
  [undefined, 'null'],
  [0, '0'],
])('%j is told as a text', (data, text) => {
  const { log, told } = opened()
  log.take({ level: 'alert', logger: 5, data })
  expect(told).toEqual([{ level: 'alert', text }])
})

test('what is no message of a log is passed over', () => {
  const { log, told } = opened()
  for (const params of [undefined, null, 'text', {}, { level: 'loud', data: 'x' }]) log.take(params)
  expect(told).toEqual([])
})
