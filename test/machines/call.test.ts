import { describe, expect, test } from 'vitest'
import type { Effect, ErrorCode, ServerState, Tool } from '../../src/contract/protocol.ts'
import { refusal, ScriptedConversation } from './scripted-conversation.ts'
import { type Options, startedAt, toolNamed } from './scripted-directory.ts'
import { tool } from './scripted-server.ts'

const paid = { type: 'text', text: 'paid' }

/** The outcome of call 1 of `charge`, before which no time passed. */
const failedAs = (code: ErrorCode, effect: Effect, message: string) => ({
  ok: false,
  callId: '1',
  error: { code, effect, message },
  attempts: [],
  durationMs: 0,
})

describe('from the question to the answer', () => {
  test('a server is given all that it needs of a call', () => {
    const conversation = new ScriptedConversation().serve('bank', { generation: 3 })
    conversation.call('charge', { arguments: { amount: 5 } })

    const start = { type: 'call.start', callId: '1', generation: 3, tool, arguments: { amount: 5 } }
    expect(conversation.told).toEqual([['bank', { ...start, deadlineAt: startedAt + 15_000 }]])
    expect(conversation.inFlight('bank')).toEqual(['1'])
  })

  test('who listens hears of the start, the sending, the progress and the end', () => {
    const conversation = new ScriptedConversation().serve('bank', { generation: 3 })
    conversation.call('charge', { arguments: { amount: 5 } })
    conversation
      .sent()
      .progress()
      .wait(1_200)
      .answer({ content: [paid] })

    const attempts = [{ server: 'bank', generation: 3, code: 'ok' }]
    const answer = { ok: true, callId: '1', server: 'bank', content: [paid], text: 'paid' }
    expect(conversation.news).toEqual([
      { type: 'call.started', callId: '1', function: 'charge', arguments: { amount: 5 } },
      { type: 'call.sent', callId: '1', function: 'charge', server: 'bank', generation: 3 },
      { type: 'call.progress', callId: '1', progress: { progress: 1 } },
      {
        type: 'call.ended',
        callId: '1',
        function: 'charge',
        outcome: { ...answer, attempts, durationMs: 1_200 },
      },
    ])
    expect(conversation.inFlight('bank')).toEqual([])
    expect(conversation.toldLater.map(([, { type }]) => type)).toEqual(['call.extend'])
  })

  test.each([
    ['without structured content', { content: [paid] }, 'paid'],
    ['with structured content beside the text', { content: [paid], structured: { amount: 5 } }, 'paid'],
    ['with nothing but structured content', { content: [], structured: { amount: 5 } }, '{"amount":5}'],
  ])('an answer %s is the server’s, untouched', (_, end, text) => {
    const conversation = new ScriptedConversation().serve('bank').call().answer(end)
    const attempts = [{ server: 'bank', generation: 1, code: 'ok' }]
    const outcome = { ok: true, callId: '1', server: 'bank', ...end, text, attempts, durationMs: 0 }
    expect(conversation.outcomes).toStrictEqual([outcome])
  })

  test('only the text that a model reads is capped', () => {
    const conversation = new ScriptedConversation({ maxTextCharacters: 2 }).serve('bank').call()
    conversation.answer({ content: [paid] })
    expect(conversation.outcomes).toMatchObject([{ content: [paid], text: 'pa… (cut: 2 more characters)' }])
  })

  test('the failure of a server is told as the server told it', () => {
    const conversation = new ScriptedConversation().serve('bank').call().wait(700)
    conversation.refuse('tool_error', 'unknown')
    expect(conversation.outcomes).toStrictEqual([
      {
        ok: false,
        callId: '1',
        server: 'bank',
        error: refusal('bank', 'tool_error', 'unknown'),
        attempts: [{ server: 'bank', generation: 1, code: 'tool_error' }],
        durationMs: 700,
      },
    ])
    expect(conversation.toldLater).toEqual([])
  })

  test('tool_status is answered here, and no server is asked', () => {
    const conversation = new ScriptedConversation().serve('bank').call('tool_status')
    const text = 'All tools can be used: charge.'
    expect(conversation.outcomes).toStrictEqual([
      {
        ...{ ok: true, callId: '1', server: 'switchboard', content: [{ type: 'text', text }], text },
        ...{ attempts: [], durationMs: 0 },
      },
    ])
    expect(conversation.told).toEqual([])
  })

  test('tool_status is answered even where no time is left for it', () => {
    const conversation = new ScriptedConversation().call('tool_status', { timeoutMs: 0 })
    expect(conversation.outcomes).toMatchObject([{ ok: true, text: 'No tools are configured.' }])
  })

  test('a call without a server names none', () => {
    const message = 'No server offers a function named fly. Nothing was done.'
    const conversation = new ScriptedConversation().call('fly')
    expect(conversation.outcomes).toStrictEqual([failedAs('unknown_function', 'none', message)])
  })

  test('what is said of another attempt of the call changes nothing', () => {
    const conversation = new ScriptedConversation().serve('bank', { generation: 2 }).call()
    for (const of of [{ server: 'shop' }, { generation: 1 }]) {
      conversation.sent('1', of).answer({ content: [paid] }, '1', of)
    }
    expect(conversation.news.map(({ type }) => type)).toEqual(['call.started'])
    expect(conversation.cancel().outcomes).toMatchObject([{ error: { code: 'cancelled', effect: 'none' } }])
  })
})

test.each<[string, string, (conversation: ScriptedConversation) => unknown]>([
  [
    'answered',
    'by its server',
    (one) =>
      one
        .serve('bank')
        .call()
        .answer({ content: [paid] }),
  ],
  ['answered', 'here', (one) => one.call('tool_status')],
  ['failed', 'by its server', (one) => one.serve('bank').call().refuse('tool_error', 'unknown')],
  ['failed', 'here', (one) => one.call('fly')],
  ['failed', 'by its time', (one) => one.serve('bank').call().wait(15_000)],
  [
    'failed',
    'by an answer of no use',
    (one) =>
      one
        .serve('bank', { tools: [toolNamed('charge', { outputSchema: {} })] })
        .call()
        .answer({ content: [] }),
  ],
])('a call ends in the state %s where its outcome was made %s, and says so in it', (state, _, happens) => {
  const conversation = new ScriptedConversation()
  happens(conversation)
  expect(conversation.outcomes).toMatchObject([{ ok: state === 'answered' }])
  expect(conversation.ends).toEqual([state])
})

describe('the output schema of a tool', () => {
  const outputSchema = { type: 'object', required: ['amount'] }
  const wrong = (what: string) =>
    `The answer of charge does not fit its own schema: ${what}. It was done, but its answer cannot be used.`
  const answered = (outputs: Tool['outputSchema'], structured?: { [key: string]: unknown }) => {
    const conversation = new ScriptedConversation()
    conversation.serve('bank', { tools: [toolNamed('charge', { outputSchema: outputs })] }).call()
    return conversation.answer({ content: [paid], ...(structured && { structured }) }).outcomes
  }

  test.each([
    ['is missing', undefined, wrong('it has no structured content')],
    ['does not fit', {}, wrong('amount is missing')],
  ])('structured content that %s is told as done, but of no use', (_, structured, message) => {
    expect(answered(outputSchema, structured)).toEqual([
      {
        ...failedAs('invalid_result', 'done', message),
        server: 'bank',
        attempts: [{ server: 'bank', generation: 1, code: 'invalid_result' }],
      },
    ])
  })

  test.each([
    ['structured content that fits', outputSchema, { amount: 5 }],
    ['structured content of a tool without a schema', undefined, { other: 5 }],
  ])('%s is an answer', (_, outputs, structured) => {
    expect(answered(outputs, structured)).toMatchObject([{ ok: true, structured }])
  })

  test('an answer that breaks its schema is not asked for again, even of a tool that only reads', () => {
    const reading = toolNamed('charge', { outputSchema })
    const conversation = new ScriptedConversation()
    conversation.serve('bank', { tools: [reading] }, { group: 'g', tools: { charge: { readOnly: true } } })
    conversation.serve('shop', { tools: [reading] }, { group: 'g' })
    conversation.call().answer({ content: [] })
    expect(conversation.asked).toEqual(['bank'])
  })
})

describe('cut short', () => {
  const cancelled = 'charge was cancelled.'
  const effects = { none: 'Nothing was done.', unknown: 'I do not know whether it was done.' }

  test.each<[string, ServerState, boolean, 'none' | 'unknown', number]>([
    ['that waits for its server', 'reconnecting', false, 'none', 0],
    ['that was not sent', 'ready', false, 'none', 1],
    ['that was sent', 'ready', true, 'unknown', 1],
  ])('a call %s can be cancelled, and its server is told', (_, state, isSent, effect, attempts) => {
    const conversation = new ScriptedConversation().serve('bank', { state }).call()
    if (isSent) conversation.sent()
    conversation.wait(500).cancel()

    const bank = { server: 'bank', generation: 1, code: 'cancelled' }
    const outcome = failedAs('cancelled', effect, `${cancelled} ${effects[effect]}`)
    const at = attempts === 0 ? {} : { server: 'bank', attempts: [bank] }
    expect(conversation.outcomes).toStrictEqual([{ ...outcome, ...at, durationMs: 500 }])
    const command = { type: 'call.cancel', callId: '1', reason: 'cancelled' }
    expect(conversation.toldLater).toEqual(attempts === 0 ? [] : [['bank', command]])
    expect(conversation.inFlight('bank')).toEqual([])
  })

  const hinted = (readOnlyHint: boolean) => [toolNamed('charge', { annotations: { readOnlyHint } })]
  const configured = (readOnly: boolean): Options => ({ tools: { charge: { readOnly } } })
  const plain = [tool]

  test.each<[string, Tool[], Options, 'is cancelled' | 'goes on']>([
    ['says nothing of itself', plain, {}, 'goes on'],
    ['says that it only reads', hinted(true), {}, 'is cancelled'],
    ['says that it writes', hinted(false), {}, 'goes on'],
    ['only reads, says the configuration,', plain, configured(true), 'is cancelled'],
    ['says that it only reads, and the configuration not,', hinted(true), configured(false), 'goes on'],
    ['says that it writes, and the configuration not,', hinted(false), configured(true), 'is cancelled'],
  ])('when the caller speaks, a call of a tool that %s %4$s', (_, tools, options, what) => {
    const isCancelled = what === 'is cancelled'
    for (const state of ['ready', 'reconnecting'] as const) {
      const conversation = new ScriptedConversation().serve('bank', { state, tools }, options).call()
      conversation.send({ type: 'interrupt' })
      const expected = isCancelled ? [{ error: { code: 'cancelled', effect: 'none' } }] : []
      expect(conversation.outcomes).toMatchObject(expected)
      const command = { type: 'call.cancel', callId: '1', reason: 'cancelled' }
      const isAtServer = isCancelled && state === 'ready'
      expect(conversation.toldLater).toEqual(isAtServer ? [['bank', command]] : [])
    }
  })

  test('when the caller speaks, what waits is cancelled only if all who offer it only read', () => {
    const conversation = new ScriptedConversation()
    conversation.serve('bank', { state: 'connecting', tools: hinted(true) }, { group: 'money' })
    conversation.serve('shop', { state: 'connecting' }, { group: 'money' })
    expect(conversation.call().send({ type: 'interrupt' }).outcomes).toEqual([])
  })

  test('when the caller speaks, a running call counts by the server that has it', () => {
    const conversation = new ScriptedConversation()
    conversation.serve('bank', { tools: hinted(true) }, { group: 'money' })
    conversation.serve('shop', {}, { group: 'money' })
    expect(conversation.call().send({ type: 'interrupt' }).outcomes).toHaveLength(1)
  })

  test('when the caller speaks, a call that nobody offers yet goes on waiting', () => {
    const conversation = new ScriptedConversation()
    conversation.serve('bank', { state: 'connecting', listed: false, tools: [] })
    expect(conversation.call().send({ type: 'interrupt' }).outcomes).toEqual([])
    expect(conversation.serve('bank').asked).toEqual(['bank'])
  })
})
