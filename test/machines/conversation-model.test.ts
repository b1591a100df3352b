import { describe, expect, test } from 'vitest'
import type { Effect, ErrorCode } from '../../src/contract/protocol.ts'
import { ScriptedConversation } from './scripted-conversation.ts'
import { toolNamed } from './scripted-directory.ts'

function conversation(policy = {}) {
  const tools = [toolNamed('charge'), toolNamed('look', { annotations: { readOnlyHint: true } })]
  return new ScriptedConversation(policy).serve('bank', { tools })
}

const lastError = ({ outcomes }: ScriptedConversation) => {
  const outcome = outcomes.at(-1)
  return outcome?.ok === false ? outcome.error : outcome
}
const told = ({ told }: ScriptedConversation) =>
  told.map(([, { type, callId }]: [string, { type: string; callId?: string }]) => [type, callId])

describe('a model that asks for the same twice at once', () => {
  const twice = () =>
    conversation()
      .call('charge', { callId: '1', response: 'a', arguments: { to: 'bob', of: { x: 1, y: 2 } } })
      .call('charge', { callId: '2', response: 'b', arguments: { of: { y: 2, x: 1 }, to: 'bob' } })

  test('has it run once, and each asker hears all of it as its own', () => {
    const one = twice()
      .sent('1')
      .progress('1')
      .answer({ content: [{ type: 'text', text: 'done' }] }, '1')
    expect(one.asked).toEqual(['bank'])
    expect(one.news.map(({ type, ...news }) => [type, 'callId' in news && news.callId])).toEqual([
      ['call.started', '1'],
      ['call.started', '2'],
      ['call.sent', '1'],
      ['call.sent', '2'],
      ['call.progress', '1'],
      ['call.progress', '2'],
      ['call.ended', '1'],
      ['call.ended', '2'],
    ])
    expect(one.news.slice(0, 2)).toEqual([
      { type: 'call.started', callId: '1', function: 'charge', arguments: expect.anything() },
      {
        ...{ type: 'call.started', callId: '2', function: 'charge', arguments: expect.anything() },
        sharedWith: '1',
      },
    ])
    expect(one.outcomes).toMatchObject([
      { ok: true, callId: '1', text: 'done' },
      { ok: true, callId: '2', text: 'done' },
    ])
  })

  test('has it run twice where it is not at once', () => {
    const one = conversation().call('charge', { callId: '1', response: 'a' }).answer({ content: [] }, '1')
    expect(one.call('charge', { callId: '2', response: 'b' }).asked).toEqual(['bank', 'bank'])
  })

  test.each([
    ['another function', 'look', {}],
    ['other arguments', 'charge', { amount: 1 }],
  ])('does not share it with %s', (_, name, args) => {
    const one = conversation().call('charge', { callId: '1', response: 'a' })
    expect(one.call(name, { callId: '2', response: 'a', arguments: args }).asked).toEqual(['bank', 'bank'])
  })

  test('does not share it with a program', () => {
    const one = conversation().call('charge', { callId: '1', response: 'a' })
    expect(one.call('charge', { callId: '2' }).asked).toEqual(['bank', 'bank'])
    const two = conversation().call('charge', { callId: '1' })
    expect(two.call('charge', { callId: '2', response: 'a' }).asked).toEqual(['bank', 'bank'])
    expect(conversation().call('charge', { callId: '1' }).call('charge', { callId: '2' }).asked).toHaveLength(
      2,
    )
  })

  test.each<[string, boolean, string, string]>([
    ['before it went out', false, 'none', 'charge was cancelled. Nothing was done.'],
    ['after', true, 'unknown', 'charge was cancelled. I do not know whether it was done.'],
  ])('may take back one of them %s: the other goes on', (_, isSent, effect, message) => {
    const one = twice()
    if (isSent) one.sent('1')
    one.cancel('1')
    expect(one.outcomes).toEqual([
      {
        ok: false,
        callId: '1',
        error: { code: 'cancelled', effect, message },
        attempts: [],
        durationMs: 0,
      },
    ])
    expect(one.toldLater).toEqual([])
    expect(one.cancel('1').outcomes).toHaveLength(1)
    one.cancel('2')
    expect(one.outcomes.slice(1)).toMatchObject([{ callId: '2', error: { code: 'cancelled', effect } }])
    expect(told(one).at(-1)).toEqual(['call.cancel', '1'])
  })

  test('may take back one of them on the news that it went out, which is no time to say that nothing was done', () => {
    const one = twice()
    one.actor.on('call.sent', ({ callId }) => callId === '1' && void one.cancel('1'))
    one.sent('1')
    expect(one.outcomes).toMatchObject([{ callId: '1', error: { code: 'cancelled', effect: 'unknown' } }])
  })

  test('cannot know that arguments without an end are the same', () => {
    let deep = {}
    for (let depth = 0; depth < 20_000; depth++) deep = { deep }
    const one = conversation()
    for (const callId of ['1', '2']) one.call('charge', { callId, response: 'a', arguments: deep })
    expect(one.outcomes.length + one.asked.length).toBe(2)
  })
})

describe('a model that repeats what fails', () => {
  const failing = (one: ScriptedConversation, callId: string, changes = {}) => {
    one.call('charge', { callId, response: callId, ...changes })
    if (one.outcomes.some((outcome) => outcome.callId === callId)) return one
    return one.refuse('tool_error', 'unknown', callId)
  }
  const stopped = {
    code: 'loop_stopped',
    effect: 'none',
    message: 'charge was stopped: it has failed 2 times in the same way. Nothing was done.',
    cause: 'tool_error',
  }

  test('is stopped where it would fail for the third time', () => {
    const one = failing(failing(failing(conversation(), '1'), '2'), '3')
    expect(one.asked).toEqual(['bank', 'bank'])
    expect(lastError(one)).toEqual(stopped)
    expect(lastError(failing(one, '4'))).toEqual(stopped)
    expect(one.news.slice(-2).map(({ type }) => type)).toEqual(['call.started', 'call.ended'])
  })

  test('is stopped later where the policy says so', () => {
    const one = conversation({ loopStoppedAt: 4 })
    for (const callId of ['1', '2', '3', '4']) failing(one, callId)
    expect(one.asked).toHaveLength(3)
  })

  test.each<[string, (one: ScriptedConversation) => unknown]>([
    ['the caller has spoken since', (one) => one.says('caller')],
    [
      'it went well since',
      (one) => one.call('charge', { callId: 'ok', response: 'ok' }).answer({ content: [] }, 'ok'),
    ],
    [
      'it failed in another way since',
      (one) => one.call('charge', { callId: 'x', response: 'x' }).refuse('protocol_error', 'unknown', 'x'),
    ],
  ])('may try again when %s', (_, happens) => {
    const one = failing(conversation(), '1')
    happens(one)
    failing(failing(one, '2'), '3')
    const codes = one.outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code))
    expect(codes).not.toContain('loop_stopped')
  })

  test('may call with other arguments, and a program may do as it likes', () => {
    const one = failing(failing(conversation(), '1'), '2')
    failing(one, '3', { arguments: { amount: 2 } })
    failing(one, '4', { response: undefined })
    expect(one.asked).toHaveLength(4)
  })
})

describe('a model that goes on and on', () => {
  const steps = (one: ScriptedConversation, count: number) => {
    for (let step = 1; step <= count; step++) {
      const callId = `s${step}`
      one.call('charge', { callId, response: callId, arguments: { step } }).answer({ content: [] }, callId)
    }
    return one
  }
  const tooMany = {
    code: 'loop_stopped',
    effect: 'none',
    message: 'I have used tools 8 times in a row without a word from you. Nothing was done.',
  }

  test('is stopped after eight responses with calls, however many calls they have', () => {
    const one = steps(conversation(), 8)
    one.call('look', { callId: 'same', response: 's8' }).answer({ content: [] }, 'same')
    expect(one.asked).toHaveLength(9)
    one.call('look', { callId: 'next', response: 's9' })
    expect(one.asked).toHaveLength(9)
    expect(lastError(one)).toEqual(tooMany)
  })

  test('goes on when the caller has spoken', () => {
    const one = steps(conversation(), 8).speaks('caller')
    expect(one.call('look', { callId: 'next', response: 's9' }).asked).toHaveLength(9)
  })

  test('is stopped in the fixed functions too', () => {
    const one = steps(conversation(), 8).call('confirm_call', { callId: 'c', response: 's9' })
    expect(lastError(one)).toEqual(tooMany)
  })
})

describe('when the caller says stop', () => {
  test('all calls are cancelled, and what is told of each is how it ends', () => {
    const one = conversation().call('charge', { callId: 'own' })
    for (const [callId, name] of [
      ['1', 'charge'],
      ['2', 'look'],
    ] as const)
      one.call(name, { callId, response: 'a' })
    one.sent('1')
    one.call('cancel_calls', { callId: 'stop' })
    expect(one.outcomes).toEqual([
      {
        ok: true,
        callId: 'stop',
        server: 'switchboard',
        content: [{ type: 'text', text: expect.any(String) }],
        text: 'charge was cancelled. I do not know whether it was done. look was cancelled. Nothing was done.',
        attempts: [],
        durationMs: 0,
      },
      expect.objectContaining({
        callId: '1',
        error: {
          code: 'cancelled',
          effect: 'unknown',
          message: 'charge was cancelled. I do not know whether it was done.',
        },
      }),
      expect.objectContaining({
        callId: '2',
        error: { code: 'cancelled', effect: 'none', message: 'look was cancelled. Nothing was done.' },
      }),
    ])
    expect(told(one).slice(-2)).toEqual([
      ['call.cancel', '1'],
      ['call.cancel', '2'],
    ])
  })

  test('on the news that a call went out, it is told as it ends', () => {
    const one = conversation().call('charge', { callId: '1', response: 'a' })
    one.actor.on('call.sent', () => void one.call('cancel_calls', { callId: 'stop' }))
    const message = 'charge was cancelled. I do not know whether it was done.'
    expect(one.sent('1').outcomes).toMatchObject([
      { callId: 'stop', text: message },
      { callId: '1', error: { message } },
    ])
  })

  test('what its server refused has done nothing, and waits for another one', () => {
    const one = new ScriptedConversation()
    one.serve('bank', {}, { group: 'g' }).serve('other', { state: 'connecting' }, { group: 'g' })
    one.call('charge', { callId: '1', response: 'a' }).sent('1').refuse()
    one.call('cancel_calls', { callId: 'stop' })
    const message = 'charge was cancelled. Nothing was done.'
    expect(one.outcomes).toMatchObject([
      { callId: 'stop', text: message },
      { callId: '1', error: { message } },
    ])
  })

  test.each<[string, ErrorCode, Effect, string]>([
    ['another server has it, which the first refused', 'server_unavailable', 'none', 'Nothing was done.'],
    ['it is repeated, which was lost', 'connection_lost', 'unknown', 'I do not know whether it was done.'],
  ])('while %s, all of it counts', (_, code, effect, words) => {
    const options = { group: 'g', tools: { charge: { idempotent: true } } }
    const one = new ScriptedConversation().serve('bank', {}, options).serve('other', {}, options)
    one.call('charge', { callId: '1', response: 'a' }).sent('1').refuse(code, effect)
    expect(one.asked).toEqual(['bank', 'other'])
    one.call('cancel_calls', { callId: 'stop' })
    expect(one.outcomes).toMatchObject([
      { callId: 'stop', text: `charge was cancelled. ${words}` },
      { callId: '1', error: { effect } },
    ])
  })

  test('and nothing runs, that is said', () => {
    const one = conversation().call('cancel_calls', { callId: 'stop' })
    expect(one.outcomes).toMatchObject([{ ok: true, text: 'No call is running now.' }])
  })
})

test('the caller’s first word cancels what only reads, and only the first', () => {
  const one = conversation().call('look', { callId: '1' }).speaks('caller', false)
  expect(one.outcomes).toEqual([])
  one.speaks('agent')
  expect(one.outcomes).toEqual([])
  one.speaks('caller')
  expect(one.outcomes).toMatchObject([{ callId: '1', error: { code: 'cancelled' } }])
})
