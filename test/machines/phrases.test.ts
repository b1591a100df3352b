import { describe, expect, test } from 'vitest'
import { english, phrasesWith } from '../../src/contract/phrases.ts'

describe('while the caller waits', () => {
  const functions = ['charge']
  test.each([
    ['something, the first time', { saidBefore: 0 }, 'One moment, I am on it.'],
    ['something else later', { saidBefore: 1 }, 'I am still on it, please wait a little longer.'],
    [
      'the server’s own words',
      { saidBefore: 1, progress: 'reading' },
      'One moment, please. I am told: reading.',
    ],
    [
      'no full stop after another',
      { saidBefore: 0, progress: 'Reading… 5.' },
      'One moment, please. I am told: Reading… 5.',
    ],
    [
      'no more of its words than are worth a wait',
      { saidBefore: 0, progress: 'a'.repeat(121) },
      `One moment, please. I am told: ${'a'.repeat(120)} and more.`,
    ],
  ])('is said %s', (_, situation, expected) => {
    expect(english.filler({ functions, ...situation })).toBe(expected)
  })
})

describe('a yes is asked for', () => {
  let deep = {}
  for (let depth = 0; depth < 20_000; depth++) deep = { deep }
  test.each<[string, string, Record<string, unknown>, string]>([
    ['without arguments', 'erase', {}, 'Shall I erase?'],
    [
      'with each argument',
      'send_mail',
      { to: 'Bob', copies: 2 },
      'Shall I send mail, with the to Bob, and the copies 2?',
    ],
    [
      'in words that can be spoken',
      '__send--the_mail_',
      { 'due-date': '' },
      'Shall I send the mail, with the due date ?',
    ],
    [
      'with lists and objects as they are',
      'pay',
      { to: ['a', { b: null }] },
      'Shall I pay, with the to ["a",{"b":null}]?',
    ],
    ['without what is not given', 'pay', { to: undefined, sum: 1 }, 'Shall I pay, with the sum 1?'],
    [
      'without what has no end',
      'pay',
      { to: deep },
      'Shall I pay, with the to something that cannot be said?',
    ],
    ['without what hides', 'pay', { to: 'a\u202eb' }, 'Shall I pay, with the to ab?'],
    ['in few words', 'pay', { to: 'a'.repeat(201) }, `Shall I pay, with the to ${'a'.repeat(200)} and more?`],
  ])('%s', (_, name, args, expected) => {
    expect(english.confirm({ function: name, arguments: args })).toBe(expected)
  })
})

test.each(['Which seat?', 'Now!', 'Well…', 'Say it.', 'Your seat'])('a server asks: %s', (message) => {
  const expected = message === 'Your seat' ? 'my airline asks: Your seat.' : `my airline asks: ${message}`
  expect(english.question({ server: 'my_airline', message })).toBe(expected)
})

test('of a call that failed, its own message is said', () => {
  const message = 'bank does not answer. I do not know whether it was done.'
  expect(english.error({ code: 'timed_out', effect: 'unknown', message, function: 'charge' })).toBe(message)
})

test('each sentence can be replaced alone', () => {
  const filler = () => 'Einen Moment.'
  expect(phrasesWith()).toEqual(english)
  expect(phrasesWith({ filler })).toEqual({ ...english, filler })
})
