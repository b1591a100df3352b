import { describe, expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, killServer, transports } from '../support/transports.ts'

describe.each(transports)('over %s', (transport) => {
  test('a SIGKILL during a call is told when it happens, and the tool has run once', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: await entryOf(server, transport) })
    const call = opened.switchboard.call('charge', { amount: 5, until: 'never' })
    await server.untilStarted('charge')

    await killServer(server)
    const outcome = await call

    expect(outcome).toEqual({
      ok: false,
      callId: expect.any(String),
      server: 'bank',
      error: {
        code: 'connection_lost',
        effect: 'unknown',
        message: 'The connection to bank was lost during the call. I do not know whether it was done.',
        cause: expect.any(String),
      },
      attempts: [{ server: 'bank', generation: 1, code: 'connection_lost' }],
      durationMs: expect.any(Number),
    })
    expect(outcome.durationMs).toBeLessThan(10_000)
    expect(server.runs('charge')).toEqual({ started: 1, finished: 0 })
    if (transport === 'stdio') {
      const left = opened.events.findIndex(
        (event) => event.type === 'server.changed' && event.server.state === 'reconnecting',
      )
      const ended = opened.events.findIndex((event) => event.type === 'call.ended')
      expect(left).toBeGreaterThan(-1)
      expect(ended).toBeGreaterThan(left)
    }
  })
})

test('the reason of a death is the signal', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const call = opened.switchboard.call('charge', { amount: 5, until: 'never' })
  await server.untilStarted('charge')
  await killServer(server)

  expect(await call).toMatchObject({ error: { cause: 'its process ended (signal SIGKILL)' } })
})

test('a death is noticed although a grandchild holds the pipes', async () => {
  const server = new TestServer('--child')
  const opened = await openReady({ bank: server.stdio() })
  const call = opened.switchboard.call('charge', { amount: 5, until: 'never' })
  await server.untilStarted('charge')
  await killServer(server)

  expect(await call).toMatchObject({ error: { code: 'connection_lost', effect: 'unknown' } })
  await opened.untilState('bank', 'ready', 2)
})

test('every call in flight ends when its server dies', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const calls = [1, 2, 3].map((amount) => opened.switchboard.call('charge', { amount, until: 'never' }))
  await opened.until('all are sent', () => opened.server('bank').inFlight === 3)
  await server.untilStarted('charge')
  await killServer(server)

  const codes = (await Promise.all(calls)).map((outcome) => (outcome.ok ? 'ok' : outcome.error.code))
  expect(codes).toEqual(['connection_lost', 'connection_lost', 'connection_lost'])
})
