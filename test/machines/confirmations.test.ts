import { describe, expect, test } from 'vitest'
import { afterSpeech, askFor, type Confirmation, openConfirmation } from '../../src/machines/confirmations.ts'

const question = { key: 'k', functionName: 'erase_disk', arguments: { name: 'a' }, timeoutMs: 700 }
const at = (now: number, ...dice: number[]) => ({ now, withinMs: 60_000, random: () => dice.shift() ?? 0.5 })
const asked = askFor(new Map(), question, at(1_000, 0.000_012))
const confirmation: Confirmation = { ...question, code: '000012', expiresAt: 61_000, stage: 'asked' }

describe('a confirmation', () => {
  test('has six digits, and holds for that call until its time is over', () => {
    expect(asked).toEqual({ code: '000012', confirmations: new Map([['000012', confirmation]]) })
  })

  test.each([
    [60_999, confirmation],
    [61_000, undefined],
  ])('at %i ms', (now, expected) => {
    expect(openConfirmation(asked.confirmations, '000012', now)).toEqual(expected)
    expect(openConfirmation(asked.confirmations, '000013', now)).toBeUndefined()
  })

  test('of the same call is the one that is open, of another call is another', () => {
    expect(askFor(asked.confirmations, question, at(60_999, 0.3))).toEqual(asked)
    const other = askFor(asked.confirmations, { ...question, key: 'other' }, at(60_999, 0.000_012, 0.3))
    expect([other.code, [...other.confirmations.keys()]]).toEqual(['300000', ['000012', '300000']])
  })

  test('that has expired is gone, and its code may be given again', () => {
    const again = askFor(asked.confirmations, question, at(61_000, 0.000_012))
    expect(again).toEqual({
      code: '000012',
      confirmations: new Map([['000012', { ...confirmation, expiresAt: 121_000 }]]),
    })
    const other = askFor(asked.confirmations, { ...question, key: 'other' }, at(61_000, 0.3))
    expect([...other.confirmations.keys()]).toEqual(['300000'])
  })
})

describe('a question that is', () => {
  const speeches = ['agent began', 'agent ended', 'agent was interrupted', 'caller began'] as const
  test.each<[Confirmation['stage'], Confirmation['stage'][]]>([
    ['asked', ['playing', 'asked', 'asked', 'asked']],
    ['playing', ['playing', 'played', 'asked', 'playing']],
    ['played', ['played', 'played', 'played', 'answered']],
    ['answered', ['answered', 'answered', 'answered', 'answered']],
  ])('%s goes its way: the agent begins, ends, is interrupted, the caller begins', (stage, expected) => {
    const confirmations = new Map([['000012', { ...confirmation, stage }]])
    const after = speeches.map((speech) => afterSpeech(confirmations, speech).get('000012'))
    expect(after).toEqual(expected.map((next) => ({ ...confirmation, stage: next })))
  })
})
