import { expect, test } from 'vitest'
import { callError, messageOf, SwitchboardError } from '../../src/contract/errors.ts'

test.each([
  ['none', 'The card was refused. Nothing was done.'],
  ['unknown', 'The card was refused. I do not know whether it was done.'],
  ['done', 'The card was refused. It was done, but its answer cannot be used.'],
] as const)('a caller always hears what became of it: %s', (effect, message) => {
  const error = callError('tool_error', effect, 'The card was refused.')
  expect(error).toStrictEqual({ code: 'tool_error', effect, message })
})

test.each([{ retryAfterMs: 0 }, { cause: '' }, { retryAfterMs: 5, cause: 'status 429' }])(
  'what is known besides goes along: %j',
  (details) => {
    expect(callError('overloaded', 'none', 'It is busy.', details)).toStrictEqual({
      code: 'overloaded',
      effect: 'none',
      message: 'It is busy. Nothing was done.',
      ...details,
    })
  },
)

test('what is not known is not there', () => {
  const details = { retryAfterMs: undefined, cause: undefined }
  expect(Object.keys(callError('overloaded', 'none', 'It is busy.', details))).toEqual([
    'code',
    'effect',
    'message',
  ])
})

test('a mistake of the operator has a name, a code, one line and its cause', () => {
  const cause = new Error('ENOENT')
  const error = new SwitchboardError('file_missing', 'there is no file', { cause })
  expect(`${error}`).toBe('SwitchboardError: there is no file')
  expect(error).toMatchObject({ code: 'file_missing', cause })
})

test.each([
  [new TypeError('it is no list'), 'it is no list'],
  ['words', 'words'],
  [undefined, 'undefined'],
])('what is thrown has words: %s', (thrown, words) => {
  expect(messageOf(thrown)).toBe(words)
})
