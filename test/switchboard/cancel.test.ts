import { describe, expect, test } from 'vitest'
import { open, openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, transports } from '../support/transports.ts'

describe.each(transports)('over %s', (transport) => {
  test('an AbortSignal ends the call at once, and the server hears of it', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: await entryOf(server, transport) })
    const controller = new AbortController()
    const call = opened.switchboard.call(
      'charge',
      { amount: 1, until: 'never' },
      { signal: controller.signal },
    )
    await server.untilStarted('charge')

    controller.abort()

    expect(await call).toEqual({
      ok: false,
      callId: expect.any(String),
      server: 'bank',
      error: {
        code: 'cancelled',
        effect: 'unknown',
        message: 'charge was cancelled. I do not know whether it was done.',
      },
      attempts: [{ server: 'bank', generation: 1, code: 'cancelled' }],
      durationMs: expect.any(Number),
    })
    await server.untilNoted('cancelled')
    expect(opened.server('bank')).toMatchObject({ state: 'ready', generation: 1, inFlight: 0 })
  })

  test('the deadline ends the call as timed out, and the server hears of it', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: await entryOf(server, transport) })

    const outcome = await opened.switchboard.call('charge', { amount: 1, until: 'never' }, { timeoutMs: 600 })

    expect(outcome).toEqual({
      ok: false,
      callId: expect.any(String),
      server: 'bank',
      error: {
        code: 'timed_out',
        effect: 'unknown',
        message: 'charge had no answer after 1 second. I do not know whether it was done.',
      },
      attempts: [{ server: 'bank', generation: 1, code: 'timed_out' }],
      durationMs: expect.any(Number),
    })
    await server.untilNoted('cancelled')
    await opened.until('calls that time out degrade it', () => opened.statesOf('bank').includes('degraded'))
  })

  test('a call that is cancelled from within its progress is cancelled at the server too', async () => {
    const server = new TestServer()
    const { switchboard } = await openReady({ counter: await entryOf(server, transport) })
    const controller = new AbortController()

    const outcome = await switchboard.call(
      'progress',
      { steps: 100, everyMs: 100 },
      { signal: controller.signal, onProgress: () => controller.abort() },
    )

    expect(outcome).toMatchObject({ ok: false, error: { code: 'cancelled' } })
    await server.untilNoted('cancelled')
  })

  test('progress extends the deadline', async () => {
    const { switchboard } = await openReady({ counter: await entryOf(new TestServer(), transport) })

    expect(await switchboard.call('progress', { steps: 8, everyMs: 150 }, { timeoutMs: 800 })).toMatchObject({
      ok: true,
      text: '8 steps',
    })
  })
})

test('progress extends a deadline no further than maxCallMs', async () => {
  const { switchboard } = await openReady({ counter: new TestServer().stdio() }, { maxCallMs: 1_200 })

  const outcome = await switchboard.call('progress', { steps: 100, everyMs: 100 }, { timeoutMs: 800 })

  expect(outcome).toMatchObject({ ok: false, error: { code: 'timed_out', effect: 'unknown' } })
  expect(outcome.durationMs).toBeGreaterThanOrEqual(1_200)
  expect(outcome.durationMs).toBeLessThan(8_000)
})

test('a signal that is aborted already sends nothing', async () => {
  const server = new TestServer()
  const { switchboard } = await openReady({ bank: server.stdio() })

  expect(await switchboard.call('charge', { amount: 1 }, { signal: AbortSignal.abort() })).toEqual({
    ok: false,
    callId: expect.any(String),
    error: { code: 'cancelled', effect: 'none', message: 'charge was cancelled. Nothing was done.' },
    attempts: [],
    durationMs: expect.any(Number),
  })
  expect(await switchboard.call('charge', { amount: 2 })).toMatchObject({ ok: true })
  expect(server.ledger.map(({ arguments: args }) => args?.amount)).toEqual([2, undefined])
})

test('a call that is cancelled while it waits was not sent', async () => {
  const server = new TestServer('--hang-initialize')
  const opened = open({ bank: server.stdio() }, { patienceMs: 20_000 })
  const controller = new AbortController()
  const call = opened.switchboard.call('charge', { amount: 1 }, { signal: controller.signal })
  await server.untilNoted('started')
  controller.abort()

  expect(await call).toMatchObject({ ok: false, error: { code: 'cancelled', effect: 'none' }, attempts: [] })
})

test('the longest time-outs that can be asked for are honoured', async () => {
  const { switchboard } = await openReady({ bank: new TestServer().stdio() })

  expect(
    await switchboard.call('charge', { amount: 1 }, { timeoutMs: Number.POSITIVE_INFINITY }),
  ).toMatchObject({
    ok: true,
  })
})

test.each([
  [0, 'server_unavailable', /^charge was not sent within 0 seconds, although bank is ready since /],
  [-1, 'server_unavailable', /^charge was not sent within 0 seconds, although bank is ready since /],
  [Number.NaN, 'invalid_arguments', /^charge was not called: its timeoutMs is not a number\. Nothing/],
])('a time-out of %d ms ends a call before it is sent', async (timeoutMs, code, message) => {
  const server = new TestServer()
  const { switchboard } = await openReady({ bank: server.stdio() })
  expect(await switchboard.call('charge', { amount: 1 }, { timeoutMs })).toMatchObject({
    ok: false,
    error: { code, effect: 'none', message: expect.stringMatching(message) },
    attempts: [],
  })
  expect(server.ledger).toEqual([])
})

test.each(transports)(
  'a call that is cancelled while it goes out over %s has surely not run where it says so',
  async (transport) => {
    const server = new TestServer('--only', 'charge,token')
    const opened = await openReady({ bank: await entryOf(server, transport) })
    const conversation = opened.switchboard.conversation()
    const outcomes = []
    for (let amount = 1; amount <= 15; amount++) {
      const controller = new AbortController()
      const call = conversation.call('charge', { amount }, { signal: controller.signal })
      for (let tick = 1; tick < amount; tick++) await undefined
      controller.abort()
      outcomes.push({ amount, outcome: await call })
    }
    // A later request is read after those before it.
    expect(await conversation.call('token', {})).toMatchObject({ ok: true })

    const untouched = outcomes.flatMap(({ amount, outcome }) =>
      !outcome.ok && outcome.error.effect === 'none' ? amount : [],
    )
    const ran = server.ledger.flatMap((note) =>
      note.event === 'start' ? Number(note.arguments?.amount) : [],
    )
    expect(ran.filter((amount) => untouched.includes(amount))).toEqual([])
    expect(outcomes.filter(({ outcome }) => outcome.ok)).toEqual([])
    expect(untouched.length).toBeGreaterThan(0)
  },
)

test.each(transports)(
  'arguments that JSON cannot hold are refused before they go out over %s',
  async (transport) => {
    const server = new TestServer('--only', 'charge')
    const opened = await openReady({ bank: await entryOf(server, transport) })
    server.order({ at: 'tools/list', result: {} })
    const circle: Record<string, unknown> = { amount: 1 }
    circle.until = circle

    for (const args of [{ amount: 1n }, circle]) {
      const outcome = await opened.switchboard.call('charge', args)
      expect(outcome).toMatchObject({ ok: false, error: { code: 'invalid_arguments', effect: 'none' } })
    }
    expect(server.ledger).toEqual([])
  },
)
