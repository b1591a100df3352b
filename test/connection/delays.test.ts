import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { Answer } from '../../src/actors/connection/answer.ts'
import { DelayLine } from '../../src/actors/connection/delay-line.ts'
import { observed } from '../../src/actors/connection/observed-body.ts'

afterEach(() => void vi.useRealTimers())

const delayMs = 200

/** A body whose pieces have all arrived. */
function bodyOf(pieces: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let piece = 0; piece < pieces; piece++) controller.enqueue(Uint8Array.of(piece))
      controller.close()
    },
  })
}

function late(body: ReadableStream<Uint8Array>, ends: string[]): Answer {
  const pieces = observed(body, {
    limitBytes: 1_000,
    onBytes: () => {},
    onEnd: (reason) => ends.push(reason),
    isLate: () => true,
    hold: async (arrivedAt) => {
      const leftMs = arrivedAt + delayMs - performance.now()
      if (leftMs > 0) await pause(leftMs)
    },
  })
  return new Answer(pieces, {})
}

test('a body that is slowed comes in its order, each piece late by the delay and not by those before it', async () => {
  const ends: string[] = []
  const startedAt = performance.now()
  const bytes = new Uint8Array(await new Response(late(bodyOf(50), ends).body).arrayBuffer())
  const tookMs = performance.now() - startedAt

  expect([...bytes]).toEqual([...Array(50).keys()])
  expect(tookMs).toBeGreaterThanOrEqual(delayMs - 1)
  expect(tookMs).toBeLessThan(delayMs * 10)
  expect(ends).toEqual(['the answer stream ended without an answer'])
})

test('a body that breaks while it is slowed breaks once', async () => {
  const ends: string[] = []
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.error(new Error('reset'))
    },
  })
  await expect(late(body, ends).text()).rejects.toThrow('reset')
  expect(ends).toEqual(['the answer stream was cut: reset'])
})

function lineOf(delay: { ms: number }) {
  vi.useFakeTimers()
  const done: string[] = []
  const line = new DelayLine(() => delay.ms)
  const add = (...names: string[]) => {
    for (const name of names) line.add(() => done.push(name))
  }
  return { line, done, add }
}

test('without a delay a thing is done at once', () => {
  const { done, add } = lineOf({ ms: 0 })
  add('a')
  expect(done).toEqual(['a'])
})

test('what comes after a delay has ended does not overtake what waits', async () => {
  const delay = { ms: 100 }
  const { done, add } = lineOf(delay)
  add('a')
  await vi.advanceTimersByTimeAsync(60)
  add('b')
  delay.ms = 0
  add('c')

  await vi.advanceTimersByTimeAsync(40)
  expect(done).toEqual(['a'])
  await vi.advanceTimersByTimeAsync(60)
  expect(done).toEqual(['a', 'b'])
  await vi.advanceTimersByTimeAsync(2)
  expect(done).toEqual(['a', 'b', 'c'])
  add('d')
  expect(done).toEqual(['a', 'b', 'c', 'd'])
})

test('promises that one thing resolves are heard before the next is done', async () => {
  const { line, done } = lineOf({ ms: 10 })
  line.add(() => void Promise.resolve().then(() => done.push('heard')))
  line.add(() => done.push('next'))
  await vi.advanceTimersByTimeAsync(20)
  expect(done).toEqual(['heard', 'next'])
})

test('what waits is dropped by clear(), also by a thing that is being done', async () => {
  const { line, done, add } = lineOf({ ms: 10 })
  add('a')
  line.clear()
  line.add(() => {
    done.push('b')
    line.clear()
  })
  add('c')
  await vi.advanceTimersByTimeAsync(50)
  expect(done).toEqual(['b'])
  expect(vi.getTimerCount()).toBe(0)
})

test.each([0, 10])('a line that is closed does nothing more, with a delay of %i ms', async (ms) => {
  const delay = { ms: 10 }
  const { line, done, add } = lineOf(delay)
  add('a')
  line.close()
  delay.ms = ms
  add('b')
  expect(vi.getTimerCount()).toBe(0)
  await vi.advanceTimersByTimeAsync(50)
  expect(done).toEqual([])
})
