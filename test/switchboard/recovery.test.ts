import { symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Outcome } from '../../src/index.ts'
import { productionDependencies } from '../../src/switchboard/dependencies.ts'
import { type Opened, open, openReady } from '../support/opened.ts'
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

/** The longest wait that chance allows. */
const unlucky = { ...productionDependencies(), random: () => 1 }

/** How long each reconnection waits, as it was planned. */
function waitsOf({ events }: Opened): number[] {
  return events.flatMap((event) => {
    if (event.type !== 'server.changed' || event.server.state !== 'reconnecting') return []
    const { nextAttemptAt } = event.server
    return nextAttemptAt === undefined ? [] : Math.max(0, Math.round((nextAttemptAt - event.at) / 10) * 10)
  })
}

test('a server that flaps backs off although each connection succeeds', async () => {
  const server = new TestServer('--only', 'token')
  server.order({ at: 'ping', ending: 'die' })
  const opened = open(
    { flapping: server.stdio() },
    { heartbeatMs: 20, minBackOffMs: 100, maxBackOffMs: 300 },
    unlucky,
  )

  await opened.untilState('flapping', 'ready', 6)

  expect(waitsOf(opened).slice(0, 5)).toEqual([0, 100, 200, 300, 300])
})

test('a connection that lasted resets the back-off', async () => {
  const server = new TestServer('--only', 'token')
  server.order({ at: 'ping', ending: 'die' })
  const opened = open({ lasting: server.stdio() }, { heartbeatMs: 50, stableAfterMs: 1 }, unlucky)

  await opened.untilState('lasting', 'ready', 4)

  expect(waitsOf(opened).slice(0, 3)).toEqual([0, 0, 0])
})

test('servers that die together do not come back in the same instant', async () => {
  const servers = [0, 1, 2, 3].map(() => new TestServer('--only', 'token'))
  const entries = Object.fromEntries(servers.map((server, index) => [`server${index}`, server.stdio()]))
  const opened = open(entries, { maxBackOffMs: 30_000 }, unlucky)
  await opened.untilReady(...Object.keys(entries))

  for (const server of servers) killQuietly(server.pids.at(-1) ?? 0, 'SIGKILL')
  await Promise.all(Object.keys(entries).map((name) => opened.untilState(name, 'ready', 2)))

  expect(waitsOf(opened)).toEqual([0, 50, 100, 150])
})

test('a listing that fails after the tools changed is tried again', async () => {
  const server = new TestServer('--only', 'token,change')
  const opened = await openReady({ bank: server.stdio() }, { heartbeatMs: 600_000 })
  server.order({ at: 'tools/list', error: { code: -32603, message: 'not now' } })
  await opened.switchboard.call('change', { where: 'events' })
  await server.untilNoted('order tools/list')
  const isListedAgain = () => opened.server('bank').functions.includes('extra')
  expect(isListedAgain()).toBe(false)

  server.lift()

  await opened.until('the new tool is listed', isListedAgain)
  expect(opened.statesOf('bank')).toEqual(['connecting', 'ready'])
})

test('tools that change while they are listed are listed once more', async () => {
  const server = new TestServer('--only', 'token,change')
  const opened = await openReady({ bank: server.stdio() }, { heartbeatMs: 600_000 })

  await Promise.all([
    opened.switchboard.call('change', { where: 'events' }),
    opened.switchboard.call('change', { where: 'answer' }),
  ])

  await opened.until('the new tools are listed', () => opened.server('bank').rejected.length > 0)
  expect(opened.server('bank')).toMatchObject({
    functions: expect.arrayContaining(['extra']),
    rejected: [{ name: 'extra', reason: 'the server lists it twice' }],
  })
})
