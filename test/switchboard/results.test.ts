import { describe, expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { json, RawServer } from '../support/raw-http.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, transports } from '../support/transports.ts'

describe.each(transports)('over %s', (transport) => {
  test("a result is the server's own, byte for byte", async () => {
    const server = new TestServer()
    const { switchboard } = await openReady({ tokens: await entryOf(server, transport) })

    const outcome = await switchboard.call('token', {})

    const token = server.ledger.find((note) => note.event === 'note')?.token ?? ''
    expect(token.length).toBeGreaterThan(36)
    expect(outcome).toEqual({
      ok: true,
      callId: server.ledger[0]?.callId,
      server: 'tokens',
      content: [
        { type: 'text', text: token, _meta: { 'test/position': 1 } },
        { type: 'image', mimeType: 'image/png', data: 'AAAA' },
        { type: 'text', text: '', annotations: { audience: ['user'] } },
      ],
      text: `${token.replace('\u202e\u0007', '')}\n\n[image, image/png, 3 bytes]`,
      attempts: [{ server: 'tokens', generation: 1, code: 'ok' }],
      durationMs: expect.any(Number),
    })
  })

  test('arguments that break the schema never reach the server', async () => {
    const server = new TestServer()
    const { switchboard } = await openReady({ bank: await entryOf(server, transport) })

    expect(await switchboard.call('charge', { amount: 0 })).toEqual({
      ok: false,
      callId: expect.any(String),
      error: {
        code: 'invalid_arguments',
        effect: 'none',
        message: 'The arguments of charge do not fit its schema: amount: 0 is less than 1. Nothing was done.',
      },
      attempts: [],
      durationMs: expect.any(Number),
    })
    expect(server.ledger).toEqual([])
  })

  test('an error of the tool keeps its own words', async () => {
    const server = new TestServer()
    const { switchboard } = await openReady({ office: await entryOf(server, transport) })

    expect(await switchboard.call('fail', {})).toEqual({
      ok: false,
      callId: expect.any(String),
      server: 'office',
      error: {
        code: 'tool_error',
        effect: 'unknown',
        message: 'office reports an error: the printer is out of paper',
      },
      attempts: [{ server: 'office', generation: 1, code: 'tool_error' }],
      durationMs: expect.any(Number),
    })
  })

  test('structured content comes along where it fits its schema, and is an invalid result where not', async () => {
    const { switchboard } = await openReady({ calculator: await entryOf(new TestServer(), transport) })
    const common = { callId: expect.any(String), server: 'calculator', durationMs: expect.any(Number) }
    const invalid = (why: string) => ({
      ...common,
      ok: false,
      error: {
        code: 'invalid_result',
        effect: 'done',
        message: `The answer of sum does not fit its own schema: ${why}. It was done, but its answer cannot be used.`,
      },
      attempts: [{ server: 'calculator', generation: 1, code: 'invalid_result' }],
    })

    expect(await switchboard.call('sum', { answer: 'right' })).toEqual({
      ...common,
      ok: true,
      content: [{ type: 'text', text: '3' }],
      structured: { total: 3 },
      text: '3',
      attempts: [{ server: 'calculator', generation: 1, code: 'ok' }],
    })
    expect(await switchboard.call('sum', { answer: 'wrong' })).toEqual(
      invalid('total must be of type number, not string'),
    )
    expect(await switchboard.call('sum', { answer: 'none' })).toEqual(invalid('it has no structured content'))
  })
})

test('structured content of any type is held against its schema of any type', async () => {
  const server = await RawServer.start()
  const inputSchema = { type: 'object' }
  const outputSchema = { type: ['array', 'integer', 'null'], items: { type: 'string' }, minimum: 5 }
  server.tools = [{ name: 'act', inputSchema, outputSchema }]
  const { switchboard } = await openReady({ raw: { url: server.url } })
  const answered = (structured: unknown) => ({
    ok: true,
    content: [],
    structured,
    text: JSON.stringify(structured),
  })
  const broken = (why: string) => ({
    error: {
      code: 'invalid_result',
      effect: 'done',
      message: `The answer of act does not fit its own schema: ${why}. It was done, but its answer cannot be used.`,
    },
  })
  const cases: [unknown, object][] = [
    [['a', 'b'], answered(['a', 'b'])],
    [[], answered([])],
    [7, answered(7)],
    [null, answered(null)],
    [['a', 1], broken('1 must be of type string, not number')],
    [4, broken('4 is less than 5')],
    [{}, broken('type array or integer or null is needed, not object')],
    [undefined, broken('it has no structured content')],
  ]

  for (const [structuredContent, expected] of cases) {
    server.handlers.set('tools/call', (response, id) =>
      json(response, { jsonrpc: '2.0', id, result: { content: [], structuredContent } }),
    )
    expect(await switchboard.call('act', {}), JSON.stringify(structuredContent)).toMatchObject(expected)
  }
})

test('a schema whose pattern cannot be compiled does not stop the call', async () => {
  const { switchboard } = await openReady({ greeter: new TestServer().stdio() })

  expect(await switchboard.call('odd_pattern', { name: 'Ann' })).toMatchObject({
    ok: true,
    text: 'hello Ann',
  })
})

test('a function that nobody offers is unknown once every server has listed', async () => {
  const server = new TestServer()
  const { switchboard } = await openReady({ bank: server.stdio() })

  expect(await switchboard.call('fly', {})).toEqual({
    ok: false,
    callId: expect.any(String),
    error: {
      code: 'unknown_function',
      effect: 'none',
      message: 'No server offers a function named fly. Nothing was done.',
    },
    attempts: [],
    durationMs: expect.any(Number),
  })
})

test('the events of a call tell its whole story, in order', async () => {
  const server = new TestServer()
  const opened = await openReady({ counter: server.stdio() })
  const told: unknown[] = []

  const { callId } = await opened.switchboard.call(
    'progress',
    { steps: 2, everyMs: 30 },
    { onProgress: (progress) => told.push(progress) },
  )

  const steps = [
    { progress: 1, total: 2, message: 'step 1' },
    { progress: 2, total: 2, message: 'step 2' },
  ]
  expect(told).toEqual(steps)
  const common = { at: expect.any(Number), callId, conversationId: expect.any(String) }
  expect(opened.events.filter((event) => event.type.startsWith('call.'))).toEqual([
    { type: 'call.started', ...common, function: 'progress', arguments: { steps: 2, everyMs: 30 } },
    { type: 'call.sent', ...common, function: 'progress', server: 'counter', generation: 1 },
    { type: 'call.progress', ...common, ...steps[0] },
    { type: 'call.progress', ...common, ...steps[1] },
    {
      type: 'call.ended',
      ...common,
      function: 'progress',
      outcome: expect.objectContaining({ ok: true, text: '2 steps' }),
    },
  ])
})

test('an answer glued to other output degrades the server, and the call runs to its deadline', async () => {
  const opened = await openReady({ noisy: new TestServer().stdio() })

  const call = opened.switchboard.call('garble', {}, { timeoutMs: 2_000 })
  await opened.untilState('noisy', 'degraded')

  expect(opened.events.filter((event) => event.type === 'call.ended')).toEqual([])
  expect(opened.server('noisy').lastError).toBe('it writes what is no message')
  expect(await call).toMatchObject({ ok: false, error: { code: 'timed_out', effect: 'unknown' } })
})

test('a message that is nested too deeply to be written out again is noise, and the answer behind it counts', async () => {
  const server = new TestServer()
  const opened = await openReady({ deep: server.stdio() })
  const junk = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
  server.order({ at: 'tools/call', write: `{"jsonrpc":"2.0","id":99999,"junk":${junk}}\n` })

  expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({ ok: true })
  expect(server.runs('charge')).toEqual({ started: 1, finished: 1 })
})
