import { Script } from 'node:vm'
import { afterEach, expect, test, vi } from 'vitest'
import { TooSlow, withinMs } from '../../src/machines/timebox.ts'

afterEach(() => void vi.restoreAllMocks())

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

test('work that ends in time gives its result, whatever that is', () => {
  expect(withinMs(1_000, () => 'done')).toBe('done')
  expect(withinMs(1_000, () => undefined)).toBeUndefined()
})

test('work that does not end is stopped, and says how long it had', () => {
  const error = thrownBy(() =>
    withinMs(3, () => {
      for (;;);
    }),
  )
  expect(error).toBeInstanceOf(TooSlow)
  expect(error).toMatchObject({ message: 'it takes more than 3 ms to check' })
  expect(withinMs(1_000, () => 'the next')).toBe('the next')
})

test.each([
  [new Error('a bug')],
  [Object.assign(new Error('another'), { code: 'ENOENT' })],
  ['words'],
  [null],
  [undefined],
])('what work throws is thrown: %s', (thrown) => {
  const work = () =>
    withinMs(1_000, () => {
      throw thrown
    })
  expect(thrownBy(work)).toBe(thrown)
})

test('work that was not run to its end, without a word, has no result', () => {
  vi.spyOn(Script.prototype, 'runInContext').mockReturnValue(undefined)
  const error = thrownBy(() => withinMs(1_000, () => 'done'))
  expect(error).toBeInstanceOf(TooSlow)
  expect(error).toMatchObject({ message: 'it was stopped' })
})

test('work is forgotten when it is over', () => {
  const runs = vi.spyOn(Script.prototype, 'runInContext')
  withinMs(1_000, () => 'done')
  expect(runs).toHaveBeenCalledWith({}, { timeout: 1_000 })
})
