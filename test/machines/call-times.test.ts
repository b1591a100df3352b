import { describe, expect, test } from 'vitest'
import type { PolicyOptions } from '../../src/contract/policy.ts'
import { refusal, ScriptedConversation } from './scripted-conversation.ts'
import { type Options, startedAt, toolNamed } from './scripted-directory.ts'

/** What a Node timer takes. */
const longestMs = 2_147_483_647
const slowTool: Options = { callTimeoutMs: 2_000, tools: { charge: { timeoutMs: 3_000 } } }
const away = { state: 'reconnecting' as const }
const unavailable = (name: string, rest: string) => ({
  code: 'server_unavailable',
  effect: 'none',
  message: `${name} ${rest}. Nothing was done.`,
})

describe('the time of a call', () => {
  test.each<[string, number | undefined, Options, number]>([
    ['the policy’s', undefined, {}, 15_000],
    ['its server’s before the policy’s', undefined, { callTimeoutMs: 2_000 }, 2_000],
    ['its tool’s before its server’s', undefined, slowTool, 3_000],
    ['its server’s, not that of another tool', undefined, { ...slowTool, tools: {} }, 2_000],
    ['its own before its tool’s', 4_000, slowTool, 4_000],
    ['its own before the policy’s', 4_000, {}, 4_000],
    ['no more than a timer takes', Number.MAX_SAFE_INTEGER, {}, longestMs],
  ])('is %s', (_, timeoutMs, options, expected) => {
    const conversation = new ScriptedConversation().serve('bank', {}, options)
    conversation.call('charge', { timeoutMs })
    expect(conversation.told).toMatchObject([['bank', { deadlineAt: startedAt + expected }]])
    expect(conversation.wait(expected - 1).outcomes).toEqual([])
    expect(conversation.wait(1).outcomes).toHaveLength(1)
  })

  test('is that of a group’s first member, whoever takes the call', () => {
    const conversation = new ScriptedConversation()
    conversation.serve('bank', away, { group: 'money', callTimeoutMs: 2_000 })
    conversation.serve('shop', {}, { group: 'money', callTimeoutMs: 9_000 }).call()
    expect(conversation.told).toMatchObject([['shop', { deadlineAt: startedAt + 2_000 }]])
  })

  test('is its tool’s by the name that the server knows, also under another', () => {
    const options = { tools: { charge: { as: 'pay', timeoutMs: 3_000 } } }
    const conversation = new ScriptedConversation().serve('bank', {}, options).call('pay')
    expect(conversation.told).toMatchObject([['bank', { deadlineAt: startedAt + 3_000 }]])
  })

  const unsent = unavailable(
    'charge',
    'was not sent within 2 seconds, although bank is ready since 2 seconds',
  )
  const sent = (time: string) => ({
    ...{ code: 'timed_out', effect: 'unknown' },
    message: `charge had no answer after ${time}. I do not know whether it was done.`,
  })

  test.each([
    ['sent, nobody knows', 1_600, true, sent('2 seconds')],
    ['sent, nobody knows, a second later', 1_000, true, sent('1 second')],
    ['not sent, nothing was done', 1_600, false, unsent],
  ])('once over, ends the call and tells its server: %s', (_, timeoutMs, isSent, error) => {
    const conversation = new ScriptedConversation().serve('bank').call('charge', { timeoutMs })
    if (isSent) conversation.sent()
    conversation.wait(timeoutMs)

    const attempts = [{ server: 'bank', generation: 1, code: error.code }]
    expect(conversation.outcomes).toStrictEqual([
      { ok: false, callId: '1', server: 'bank', error, attempts, durationMs: timeoutMs },
    ])
    const command = { type: 'call.cancel', callId: '1', reason: 'timed_out' }
    expect(conversation.toldLater).toEqual([['bank', command]])
    expect(conversation.inFlight('bank')).toEqual([])
  })

  test.each([0, -1, -60_000])('of %d ms is over before anything is sent', (timeoutMs) => {
    const conversation = new ScriptedConversation().serve('bank').wait(3_000).call('charge', { timeoutMs })
    const error = unavailable(
      'charge',
      'was not sent within 0 seconds, although bank is ready since 3 seconds',
    )
    expect(conversation.outcomes).toEqual([{ ok: false, callId: '1', error, attempts: [], durationMs: 0 }])
    expect(conversation.told).toEqual([])
  })

  test('once over, is told of all that could have taken it, and of no other', () => {
    const group = { group: 'money' }
    const conversation = new ScriptedConversation().serve('bank', { state: 'degraded' }, group)
    conversation.serve('shop', away, group).serve('mint', {}, group).call('charge', { timeoutMs: 1_000 })
    const rest =
      'was not sent within 1 second, although bank is degraded since 1 second and mint is ready since 1 second'
    expect(conversation.wait(1_000).outcomes).toMatchObject([{ error: unavailable('charge', rest) }])
  })

  test('once over, ends a call that waits', () => {
    const conversation = new ScriptedConversation().serve('bank', away)
    conversation.call('charge', { timeoutMs: 2_000 }).wait(2_000)
    const error = unavailable('charge', 'is not available: bank is reconnecting since 2 seconds')
    expect(conversation.outcomes).toEqual([
      {
        ...{ ok: false, callId: '1', error: { ...error, cause: 'reconnecting' } },
        ...{ attempts: [], durationMs: 2_000 },
      },
    ])
  })
})

describe('progress', () => {
  const extended = (ms: number) => ['bank', { type: 'call.extend', callId: '1', deadlineAt: startedAt + ms }]

  test('gives a call its whole time again, and its server is told', () => {
    const conversation = new ScriptedConversation().serve('bank').call().sent().wait(10_000).progress()
    expect(conversation.toldLater).toEqual([extended(25_000)])
    expect(conversation.wait(14_999).outcomes).toEqual([])
    expect(conversation.wait(1).outcomes).toMatchObject([
      { error: { code: 'timed_out', message: expect.stringContaining('no answer after 25 seconds.') } },
    ])
  })

  test.each<[string, number, number | undefined, number]>([
    ['up to the longest that the policy allows', 20_000, undefined, 20_000],
    ['up to what the caller allows, where that is more', 8_000, 12_000, 12_000],
  ])('extends a call %s', (_, maxCallMs, timeoutMs, lastMs) => {
    const conversation = new ScriptedConversation({ maxCallMs }).serve('bank')
    conversation.call('charge', { timeoutMs }).sent().wait(10_000).progress()
    expect(conversation.toldLater).toEqual([extended(lastMs)])
    expect(conversation.wait(lastMs - 10_001).outcomes).toEqual([])
    expect(conversation.wait(1).outcomes).toMatchObject([{ durationMs: lastMs }])
  })
})

describe('a function that becomes known while its call waits', () => {
  const waiting = (policy: PolicyOptions = {}, timeoutMs?: number) =>
    new ScriptedConversation(policy)
      .serve('bank', { state: 'connecting', listed: false, tools: [] })
      .call('charge', { timeoutMs })

  test('gives it the time that its tool has, counted from the start of the call', () => {
    const conversation = waiting().wait(1_000).serve('bank', {}, slowTool)
    expect(conversation.told).toMatchObject([['bank', { deadlineAt: startedAt + 3_000 }]])
    expect(conversation.wait(1_999).outcomes).toEqual([])
    expect(conversation.wait(1).outcomes).toMatchObject([{ durationMs: 3_000 }])
  })

  test('gives it more time, where its tool has more', () => {
    const conversation = waiting({ callTimeoutMs: 1_000 }).wait(500).serve('bank', {}, slowTool)
    expect(conversation.wait(2_499).outcomes).toEqual([])
    expect(conversation.wait(1).outcomes).toMatchObject([{ durationMs: 3_000 }])
  })

  test('leaves it the time that its caller gave it', () => {
    const conversation = waiting({}, 5_000).wait(1_000).serve('bank', {}, slowTool)
    expect(conversation.told).toMatchObject([['bank', { deadlineAt: startedAt + 5_000 }]])
  })

  test.each([
    [2_000, '2 seconds'],
    [2_500, '3 seconds'],
  ])('ends it where its tool’s time is over, after %i ms', (ms, time) => {
    const conversation = waiting().wait(ms).serve('bank', {}, { callTimeoutMs: 2_000 })
    expect(conversation.told).toEqual([])
    const rest = `was not sent within ${time}, although bank is ready since 0 seconds`
    const error = unavailable('charge', rest)
    expect(conversation.outcomes).toMatchObject([{ error, attempts: [], durationMs: ms }])
  })

  test('does not change the time of a call that was asked already', () => {
    const conversation = new ScriptedConversation().serve('bank', {}, { group: 'money' })
    conversation.serve('shop', {}, { group: 'money' }).call()
    conversation.serve('bank', {}, { group: 'money', callTimeoutMs: 2_000 }).refuse()
    expect(conversation.told).toMatchObject([
      ['bank', { deadlineAt: startedAt + 15_000 }],
      ['shop', { deadlineAt: startedAt + 15_000 }],
    ])
  })
})

describe('patience', () => {
  test('a server that is back in time takes the call that waited for it', () => {
    const conversation = new ScriptedConversation().serve('bank', away).call().wait(2_999)
    expect(conversation.serve('bank', { generation: 2 }).told).toMatchObject([['bank', { generation: 2 }]])
    expect(conversation.wait(5_000).outcomes).toEqual([])
  })

  test('a server that comes and goes does not make it longer', () => {
    const conversation = new ScriptedConversation().serve('bank', away).call().wait(2_000)
    conversation.serve('bank', { state: 'connecting', lastError: 'status 502' }).wait(999)
    expect(conversation.outcomes).toEqual([])
    const error = unavailable('charge', 'is not available: bank is connecting since 1 second')
    expect(conversation.wait(1).outcomes).toEqual([
      {
        ...{ ok: false, callId: '1', error: { ...error, cause: 'status 502' } },
        ...{ attempts: [], durationMs: 3_000 },
      },
    ])
  })

  test('begins anew after an attempt, and then the refusal is told', () => {
    const conversation = new ScriptedConversation().serve('bank', away).call().wait(2_000).serve('bank')
    conversation.refuse().serve('bank', away).wait(2_999)
    expect(conversation.outcomes).toEqual([])
    expect(conversation.wait(1).outcomes).toMatchObject([{ error: refusal('bank'), durationMs: 5_000 }])
  })

  test('a call that no longer waits hears of no server', () => {
    const conversation = new ScriptedConversation().serve('bank', away).call().wait(3_000)
    conversation.serve('bank', { generation: 2 })
    expect([conversation.asked, conversation.outcomes.length]).toEqual([[], 1])
  })
})

test('the time of a tool counts for its function alone', () => {
  const tools = [toolNamed('charge'), toolNamed('refund')]
  const conversation = new ScriptedConversation().serve('bank', { tools }, slowTool).call('refund')
  expect(conversation.told).toMatchObject([['bank', { deadlineAt: startedAt + 2_000 }]])
})
