import { expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { killQuietly } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'

const watchful = { heartbeatDuringCallsMs: 50, heartbeatTimeoutMs: 100, unresponsiveAfterMs: 400 }

test('a server that is silent during a call ends it before its deadline', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() }, watchful)
  const call = opened.switchboard.call('charge', { amount: 1, until: 'never' }, { timeoutMs: 2_000 })
  await server.untilStarted('charge')
  killQuietly(opened.pid('bank'), 'SIGSTOP')

  const outcome = await call

  expect(outcome).toEqual({
    ok: false,
    callId: expect.any(String),
    server: 'bank',
    error: {
      code: 'timed_out',
      effect: 'unknown',
      message: 'bank does not answer. I do not know whether it was done.',
    },
    attempts: [{ server: 'bank', generation: 1, code: 'timed_out' }],
    durationMs: expect.any(Number),
  })
  expect(outcome.durationMs).toBeLessThan(1_900)
  expect(opened.server('bank').generation).toBe(1)

  // Once its deadline has passed, the server that stays silent is replaced.
  await opened.untilState('bank', 'ready', 2)
})

test('a slow tool of a server that answers pings runs as long as it may', async () => {
  const { switchboard } = await openReady({ bank: new TestServer().stdio() }, watchful)
  const outcome = await switchboard.call('block', { blockMs: 0, thenMs: 1_500 })
  expect(outcome).toMatchObject({ ok: true, text: 'through' })
})

test('a server that was silent for a moment and answers pings again keeps its call', async () => {
  const { switchboard } = await openReady({ bank: new TestServer().stdio() }, watchful)
  const outcome = await switchboard.call('block', { blockMs: 250, thenMs: 1_500 })
  expect(outcome).toMatchObject({ ok: true, text: 'through' })
})

test('a server that works with its ears closed is remembered as such', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() }, watchful)
  const first = await opened.switchboard.call('block', { blockMs: 1_200, thenMs: 0 }, { timeoutMs: 5_000 })
  expect(first).toMatchObject({ ok: false, error: { code: 'timed_out' } })
  await until(() => server.runs('block').finished === 1, 'it has worked off what it was given')

  const second = await opened.switchboard.call('block', { blockMs: 1_200, thenMs: 0 }, { timeoutMs: 10_000 })

  expect(second).toMatchObject({ ok: true, text: 'through', attempts: [{ generation: 1 }] })
})

test('an answer after a deadline does not make a server that heard us look deaf', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() }, { ...watchful, heartbeatTimeoutMs: 200 })
  const late = await opened.switchboard.call('block', { blockMs: 400, thenMs: 0 }, { timeoutMs: 250 })
  expect(late).toMatchObject({ ok: false, error: { code: 'timed_out' } })
  await until(() => server.runs('block').finished === 1, 'it has worked off what it was given')

  const silent = await opened.switchboard.call('block', { blockMs: 2_000, thenMs: 0 }, { timeoutMs: 5_000 })

  expect(silent).toMatchObject({ ok: false, error: { code: 'timed_out' } })
  expect(silent.attempts).toMatchObject([{ generation: 1 }])
  expect(silent.durationMs).toBeLessThan(1_900)
})
