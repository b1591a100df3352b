import { describe, expect, test } from 'vitest'
import { callError } from '../../src/contract/errors.ts'
import type { Outcome } from '../../src/contract/protocol.ts'
import { callKey, newTurn, withOutcome, withResponse } from '../../src/machines/model-turn.ts'

describe('the key of a call', () => {
  test.each([
    ['is the same in whatever order the keys are, at each depth', { b: { d: 1, c: [2] }, a: null }],
    ['is the same in another order', { a: null, b: { c: [2], d: 1 } }],
  ])('%s', (_, args) => {
    expect(callKey('pay', args)).toBe('pay\0{"a":null,"b":{"c":[2],"d":1}}')
  })

  test('keeps the order of a list', () => {
    expect(callKey('pay', { to: ['b', 'a'] })).not.toBe(callKey('pay', { to: ['a', 'b'] }))
  })

  test('is none where the arguments have no end', () => {
    const args: Record<string, unknown> = {}
    args.self = args
    expect(callKey('pay', args)).toBeUndefined()
  })
})

describe('a turn', () => {
  const common = { callId: '1', attempts: [], durationMs: 0 }
  const well: Outcome = { ...common, ok: true, server: 'bank', content: [], text: '' }
  const failed = (code: 'tool_error' | 'timed_out'): Outcome => ({
    ...{ ...common, ok: false, error: callError(code, 'unknown', 'It failed.') },
  })
  const after = (...outcomes: Outcome[]) =>
    outcomes.reduce((turn, outcome) => withOutcome(turn, 'key', outcome), newTurn).failures.get('key')

  test.each([
    ['nothing of a call that went well', [well], undefined],
    ['a failure', [failed('tool_error')], { code: 'tool_error', times: 1 }],
    ['equal ones in a row', [failed('tool_error'), failed('tool_error')], { code: 'tool_error', times: 2 }],
    ['another anew', [failed('tool_error'), failed('timed_out')], { code: 'timed_out', times: 1 }],
    ['nothing that went well since', [failed('tool_error'), well], undefined],
  ])('remembers %s', (_, outcomes, expected) => {
    expect(after(...outcomes)).toEqual(expected)
  })

  test('remembers nothing of a call without a key', () => {
    expect(withOutcome(newTurn, undefined, failed('tool_error'))).toEqual(newTurn)
  })

  test('counts each response once', () => {
    const turn = withResponse(withResponse(withResponse(newTurn, 'a'), 'b'), 'a')
    expect([...turn.responses]).toEqual(['a', 'b'])
  })
})
