import { symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Outcome } from '../../src/index.ts'
import { open, openReady } from '../support/opened.ts'
import { isAlive, killQuietly } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, killServer } from '../support/transports.ts'

test('an idle server that is killed is ready again without a call', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const first = opened.pid('bank')
  killQuietly(first, 'SIGKILL')

  const { pid, functions, since } = await opened.untilState('bank', 'ready', 2)

  expect(opened.statesOf('bank')).toEqual(['connecting', 'ready', 'reconnecting', 'ready'])
  expect(pid).not.toBe(first)
  expect(isAlive(opened.pid('bank'))).toBe(true)
  expect(functions).toContain('charge')
  expect(since).toBeLessThanOrEqual(Date.now())
  expect(server.ledger).toEqual([])
  expect(opened.events.filter((event) => event.type.startsWith('call.'))).toEqual([])
})

test('an idle HTTP server that is killed is noticed, and used again when it is back', async () => {
  const server = new TestServer()
  const { url, port, kill } = await server.startHttp()
  const opened = await openReady({ bank: { url } }, { heartbeatMs: 100 })
  await kill()
  await opened.untilState('bank', 'reconnecting')
  expect(opened.switchboard.functions.map(({ name }) => name)).toContain('charge')

  await server.startHttp(port)
  await opened.untilState('bank', 'ready')

  expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({ ok: true })
})

test('a stopped process (SIGSTOP) is given up after missed heartbeats and replaced', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() }, { heartbeatMs: 50, heartbeatTimeoutMs: 100 })
  const first = opened.pid('bank')
  killQuietly(first, 'SIGSTOP')

  await opened.untilState('bank', 'ready', 2)

  expect(opened.statesOf('bank')).toEqual(['connecting', 'ready', 'degraded', 'reconnecting', 'ready'])
  await opened.switchboard.stop()
  expect(isAlive(first)).toBe(false)
})

test('a server that never answers the first time is tried again after its own time-out', async () => {
  const server = new TestServer('--hang-until', 'go')
  const opened = open({ slow: server.stdio({ connectTimeoutMs: 200 }) })
  await opened.untilState('slow', 'reconnecting')
  expect(opened.server('slow').lastError).toBe('it did not answer within the connect time-out')

  server.release('go')
  // The real start may take longer than the time-out under load: what counts is that it is tried again.
  await opened.until('a second generation', () => opened.server('slow').generation >= 2)
})

test('restart() replaces the process and keeps the functions', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const first = opened.pid('bank')

  await opened.switchboard.restart('bank')
  expect(opened.switchboard.functions.map(({ name }) => name)).toContain('charge')
  const { pid } = await opened.untilState('bank', 'ready', 2)

  expect(pid).not.toBe(first)
  await expect(opened.switchboard.restart('bnak')).rejects.toMatchObject({
    code: 'unknown_server',
    message: 'no server is named "bnak"; did you mean "bank"?',
  })
})

test('a server that could not be started works after restart() once its command exists', async () => {
  const server = new TestServer()
  const opened = open({ missing: { command: `${server.directory}/later` } })
  await opened.untilState('missing', 'failed')
  expect(opened.server('missing').lastError).toMatch(
    /^it cannot be started \(spawn .*\/later ENOENT\); check its command, cwd and PATH$/,
  )
  symlinkSync('/bin/cat', `${server.directory}/later`)
  await opened.switchboard.restart('missing')

  expect(opened.server('missing').state).toBe('connecting')
})

test('an HTTP session is closed at the server by stop()', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: await entryOf(server, 'http') })
  await opened.switchboard.stop()

  expect(server.journal.map(({ event }) => event)).toContain('session.closed')
  await killServer(server)
})

test('a listener that calls again when a restart ended its call waits for the new process and succeeds', async () => {
  const bank = new TestServer('--only', 'charge,token')
  const opened = await openReady({ bank: bank.stdio() })
  const again = new Promise<Outcome>((resolve) => {
    const off = opened.switchboard.subscribe((event) => {
      if (event.type !== 'call.ended') return
      off()
      resolve(opened.switchboard.call('token', {}))
    })
  })
  const sent = new Promise<void>((resolve) => {
    opened.switchboard.subscribe((event) => {
      if (event.type === 'call.sent') resolve()
    })
  })
  const call = opened.switchboard.call('charge', { amount: 1, until: 'never' })
  await sent
  await opened.switchboard.restart('bank')
  expect(await call).toMatchObject({ ok: false, error: { code: 'connection_lost', effect: 'unknown' } })
  const { ok, attempts } = await again
  expect({ ok, last: attempts.at(-1) }).toEqual({
    ok: true,
    last: { server: 'bank', generation: 2, code: 'ok' },
  })
  expect(opened.server('bank')).toMatchObject({ state: 'ready', generation: 2 })
})
