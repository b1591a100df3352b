import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createFaults, type Faults } from '../../src/inspector/faults/faults.ts'
import type { FaultAction } from '../../src/inspector/wire.ts'
import { inspectionOf } from '../../src/switchboard/inspection.ts'
import { type Opened, openReady } from '../support/opened.ts'
import { isAlive } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, transports } from '../support/transports.ts'
import { until } from '../support/until.ts'

/** One that is silent is noticed within a second. */
const alert = {
  heartbeatMs: 100,
  heartbeatTimeoutMs: 200,
  heartbeatDuringCallsMs: 100,
  unresponsiveAfterMs: 300,
  callTimeoutMs: 1_000,
}

const bank = { name: 'bank' }

function faultsOf({ switchboard }: Opened, platform?: NodeJS.Platform): Faults {
  const { pools } = inspectionOf(switchboard)
  return createFaults({ pools, ...(platform === undefined ? {} : { platform }) })
}

function apply(faults: Faults, action: FaultAction, delayMs?: number): void {
  faults.apply(bank, { action, ...(delayMs === undefined ? {} : { delayMs }) })
}

/** A call that the server has begun and does not end. */
async function chargeForever(opened: Opened, server: TestServer) {
  const outcome = opened.switchboard.call('charge', { amount: 1, until: 'never' })
  await server.untilStarted('charge')
  return { outcome }
}

const connectionLost = { ok: false, error: { code: 'connection_lost', effect: 'unknown' } }

/** Unlike any other time that something waits for. */
const longMs = 54_321

/** Whether anything has begun to wait for it. */
function watchLongWaits(): () => boolean {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  onTestFinished(() => timers.mockRestore())
  return () => timers.mock.calls.some(([, ms = 0]) => Math.abs(ms - longMs) < 10)
}

describe('over stdio', () => {
  test('kill: a call in flight is lost, and the server comes back', async () => {
    const server = new TestServer('--child')
    const opened = await openReady({ bank: server.stdio() }, { closeGraceMs: 20_000 })
    const faults = faultsOf(opened)
    const { outcome } = await chargeForever(opened, server)
    const { pids } = server

    apply(faults, 'kill')

    expect(await outcome).toMatchObject(connectionLost)
    await opened.untilState('bank', 'ready', 2)
    expect(opened.statesOf('bank')).toEqual(['connecting', 'ready', 'reconnecting', 'ready'])
    expect(opened.events).toContainEqual(
      expect.objectContaining({
        type: 'server.changed',
        server: expect.objectContaining({
          state: 'reconnecting',
          lastError: 'its process ended (signal SIGKILL)',
        }),
      }),
    )
    // Its child too, which ignores SIGTERM, long before it would be ended by force.
    expect(pids).toHaveLength(2)
    await until(() => !pids.some(isAlive), 'the whole group is gone', 5_000)
    // Or the end of the test would wait for the next child.
    apply(faults, 'kill')
  })

  test('cut: a call in flight is lost without any signal, and the server comes back', async () => {
    const server = new TestServer('--ignore-end')
    const opened = await openReady({ bank: server.stdio() })
    const faults = faultsOf(opened)
    const { outcome } = await chargeForever(opened, server)
    const first = opened.pid('bank')

    apply(faults, 'cut')

    expect(await outcome).toMatchObject({
      ...connectionLost,
      error: { code: 'connection_lost', effect: 'unknown', cause: 'its output was cut' },
    })
    expect(isAlive(first)).toBe(true)
    await opened.untilState('bank', 'ready', 2)
    expect(opened.statesOf('bank')).toEqual(['connecting', 'ready', 'reconnecting', 'ready'])
  })

  test('stop: a call times out, the server is replaced, and the stopped process is gone after stop()', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: server.stdio() }, alert)
    const faults = faultsOf(opened)
    const first = opened.pid('bank')
    apply(faults, 'stop')
    expect(faults.facts(bank)).toMatchObject({ isStopped: true, isDisabled: false, slowedByMs: 0 })

    const outcome = await opened.switchboard.call('charge', { amount: 1 })

    expect(outcome).toMatchObject({ ok: false, error: { code: 'timed_out', effect: 'unknown' } })
    await opened.untilState('bank', 'ready', 2)
    expect(opened.statesOf('bank')).toEqual(['connecting', 'ready', 'degraded', 'reconnecting', 'ready'])
    expect(faults.facts(bank)).toMatchObject({ isStopped: false, isDisabled: false, slowedByMs: 0 })
    await opened.switchboard.stop()
    expect(isAlive(first)).toBe(false)
    expect(server.runs('charge')).toEqual({ started: 0, finished: 0 })
  })

  test('continue: a stopped process goes on where it was', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: server.stdio() }, { heartbeatMs: 60_000 })
    const faults = faultsOf(opened)
    apply(faults, 'stop')
    const call = opened.switchboard.call('charge', { amount: 1 })
    await opened.until('the call went out', () => opened.events.some(({ type }) => type === 'call.sent'))

    apply(faults, 'continue')

    expect(await call).toMatchObject({ ok: true, text: expect.stringContaining('charged 1') })
    expect(faults.facts(bank)).toMatchObject({ isStopped: false, isDisabled: false, slowedByMs: 0 })
    expect(opened.statesOf('bank')).toEqual(['connecting', 'ready'])
  })

  test('a stopped process can be killed', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: server.stdio() }, { heartbeatMs: 60_000 })
    const faults = faultsOf(opened)
    const first = opened.pid('bank')
    apply(faults, 'stop')
    expect(faults.facts(bank).offered).toEqual(['kill', 'continue', 'slow', 'cut', 'restart', 'disable'])

    apply(faults, 'kill')

    await opened.untilState('bank', 'ready', 2)
    expect(isAlive(first)).toBe(false)
    expect(faults.facts(bank).offered).toEqual(['kill', 'stop', 'slow', 'cut', 'restart', 'disable'])
  })

  test('cut: the news of a death that is still held back is not lost', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: server.stdio() }, { heartbeatMs: 60_000 })
    const faults = faultsOf(opened)
    const { outcome } = await chargeForever(opened, server)
    const isHeldBack = watchLongWaits()
    apply(faults, 'slow', longMs)
    apply(faults, 'kill')
    await until(isHeldBack, 'its end is known')
    // For the next process.
    apply(faults, 'slow', 0)
    expect(opened.server('bank').state).toBe('ready')

    apply(faults, 'cut')

    expect(await outcome).toMatchObject({
      ...connectionLost,
      error: { code: 'connection_lost', effect: 'unknown', cause: 'its process ended (signal SIGKILL)' },
    })
    await opened.untilState('bank', 'ready', 2)
    expect(opened.statesOf('bank')).toEqual(['connecting', 'ready', 'reconnecting', 'ready'])
  })

  test('slow: nothing waits any more after stop(), which would hold our own process', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: server.stdio() })
    apply(faultsOf(opened), 'slow', longMs)
    const isHeldBack = watchLongWaits()

    await opened.switchboard.stop()

    expect(isHeldBack()).toBe(false)
  })

  test('stop() leaves nothing of one that is stopped, one that is slowed, and one that is disabled', async () => {
    const server = new TestServer()
    const names = ['stopped', 'slowed', 'disabled']
    const opened = await openReady(Object.fromEntries(names.map((name) => [name, server.stdio()])))
    const faults = faultsOf(opened)
    const pids = names.map((name) => opened.pid(name))
    expect(pids.map(isAlive)).toEqual([true, true, true])
    faults.apply({ name: 'stopped' }, { action: 'stop' })
    faults.apply({ name: 'slowed' }, { action: 'slow', delayMs: 10_000 })
    faults.apply({ name: 'disabled' }, { action: 'disable' })

    await opened.switchboard.stop()

    expect(pids.map(isAlive)).toEqual([false, false, false])
    expect(names.map((name) => faults.facts({ name }).offered)).toEqual([[], [], []])
  })
})

describe('over HTTP', () => {
  test.each([
    ['answers with a stream', []],
    ['answers with JSON', ['--json']],
  ])('cut: a call in flight of a server that %s is lost, and the server is asked anew', async (_, flags) => {
    const server = new TestServer(...flags)
    const opened = await openReady({ bank: await entryOf(server, 'http') })
    const faults = faultsOf(opened)
    const { outcome } = await chargeForever(opened, server)

    apply(faults, 'cut')

    expect(await outcome).toMatchObject(connectionLost)
    expect(await opened.switchboard.call('charge', { amount: 2 })).toMatchObject({ ok: true })
    expect(opened.server('bank').state).toBe('ready')
  })

  test('slow: the end of a session is told at once, so that stop() leaves none', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: await entryOf(server, 'http') })
    apply(faultsOf(opened), 'slow', 60_000)
    const call = opened.switchboard.call('charge', { amount: 1 })

    await opened.switchboard.stop()

    expect(await call).toMatchObject({ ok: false, error: { code: 'cancelled' } })
    expect(server.journal.map(({ event }) => event)).toContain('session.closed')
    expect(server.ledger).toEqual([])
  })

  test('it is no process of this machine: it cannot be killed, stopped or continued', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: await entryOf(server, 'http') })
    const faults = faultsOf(opened)

    expect(faults.facts(bank).offered).toEqual(['slow', 'cut', 'restart', 'disable'])
    expect(() => apply(faults, 'kill')).toThrow('bank is no process of this machine and cannot be killed')
    expect(() => apply(faults, 'stop')).toThrow('bank is no process of this machine and cannot be stopped')
    expect(() => apply(faults, 'continue')).toThrow(
      'bank is no process of this machine and cannot be continued',
    )
  })
})

describe.each(transports)('over %s', (transport) => {
  test('slow: each way takes that much longer, also on the next connection, until it is over', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: await entryOf(server, transport) })
    const faults = faultsOf(opened)
    const durationMs = async () => {
      const outcome = await opened.switchboard.call('charge', { amount: 1 })
      expect(outcome).toMatchObject({ ok: true })
      return outcome.durationMs
    }
    apply(faults, 'slow', 300)
    expect(await durationMs()).toBeGreaterThanOrEqual(600)
    expect(faults.facts(bank)).toMatchObject({ isStopped: false, isDisabled: false, slowedByMs: 300 })

    apply(faults, 'restart')
    await opened.untilState('bank', 'ready', 2)
    expect(await durationMs()).toBeGreaterThanOrEqual(600)

    apply(faults, 'slow', 0)
    expect(await durationMs()).toBeLessThan(300)
    expect(opened.statesOf('bank')).toEqual(['connecting', 'ready', 'connecting', 'ready'])
  })

  test('slow: what is said at the end of a life is heard before that end', async () => {
    const server = new TestServer()
    server.order({ at: 'tools/call', ending: 'answer and die', process: 'first' })
    const opened = await openReady({ bank: await entryOf(server, transport) })
    apply(faultsOf(opened), 'slow', 150)

    expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({ ok: true })
  })

  test('restart: the server connects anew', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: await entryOf(server, transport) })
    apply(faultsOf(opened), 'restart')

    await opened.untilState('bank', 'ready', 2)
    expect(opened.statesOf('bank')).toEqual(['connecting', 'ready', 'connecting', 'ready'])
  })

  test('disable: the functions go, the calls finish, nothing is left; enable: all is back', async () => {
    const server = new TestServer()
    const opened = await openReady({ bank: await entryOf(server, transport) })
    const faults = faultsOf(opened)
    const names = () => opened.switchboard.functions.map(({ name }) => name)
    const call = opened.switchboard.call('charge', { amount: 1, until: 'released' })
    await server.untilStarted('charge')

    apply(faults, 'disable')
    expect(names()).toEqual([])
    expect(opened.switchboard.servers).toEqual([])
    expect(faults.facts(bank)).toMatchObject({ isStopped: false, isDisabled: true, slowedByMs: 0 })
    expect(faults.facts(bank).offered).toEqual(['enable'])
    expect(() => apply(faults, 'kill')).toThrow('bank is disabled; enable it first')
    server.release('released')
    expect(await call).toMatchObject({ ok: true })
    await opened.until('it is closed', () => opened.statesOf('bank').at(-1) === 'closed')

    apply(faults, 'enable')
    await opened.untilState('bank', 'ready', 2)
    expect(names()).toContain('charge')
    expect(faults.facts(bank)).toMatchObject({ isStopped: false, isDisabled: false, slowedByMs: 0 })
  })
})

test('what is disabled or slowed stays so when the configuration is read again', async () => {
  const server = new TestServer()
  const mcpServers = { bank: server.stdio(), shop: server.stdio() }
  const opened = await openReady(mcpServers)
  const faults = faultsOf(opened)
  const shop = { name: 'shop' }
  const pid = opened.pid('shop')
  apply(faults, 'disable')
  faults.apply(shop, { action: 'slow', delayMs: 50 })

  await opened.switchboard.configure({ mcpServers: { ...mcpServers, other: server.stdio() } })
  await opened.untilReady('other')

  expect(opened.switchboard.servers.map(({ name }) => name)).toEqual(['shop', 'other'])
  expect(opened.pid('shop')).toBe(pid)
  expect(faults.facts(bank)).toMatchObject({ isDisabled: true })
  expect(faults.facts(shop)).toMatchObject({ slowedByMs: 50 })

  await opened.switchboard.configure({ mcpServers: { shop: mcpServers.shop } })
  expect(faults.facts(bank)).toMatchObject({ isDisabled: false })
  expect(() => apply(faults, 'enable')).toThrow('no server is named "bank"')
})

test('servers of one conversation are their own, also under the name of a shared one', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const conversation = opened.switchboard.conversation({ id: 'c1', mcpServers: { bank: server.stdio() } })
  const faults = faultsOf(opened)
  const own = { name: 'bank', conversationId: 'c1' }
  await until(() => faults.facts(own).offered.includes('kill'), 'it has a process')

  faults.apply(own, { action: 'slow', delayMs: 20 })
  expect(faults.facts(own)).toMatchObject({ slowedByMs: 20 })
  expect(faults.facts(bank)).toMatchObject({ slowedByMs: 0 })

  await conversation.end()
  expect(faults.facts(own).offered).toEqual([])
  expect(() => faults.apply(own, { action: 'kill' })).toThrow('no server is named "bank"')
  expect(opened.server('bank').state).toBe('ready')
})

test('on Windows nothing can be stopped', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const faults = faultsOf(opened, 'win32')

  expect(faults.facts(bank).offered).toEqual(['kill', 'slow', 'cut', 'restart', 'disable'])
  expect(() => apply(faults, 'stop')).toThrow('on Windows no process can be stopped')
})

test('each fault is told, also to who listens when another one stops listening', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const faults = faultsOf(opened)
  const heard: string[] = []
  const off = faults.subscribe(({ name }) => {
    heard.push(`first: ${name}`)
    off()
  })
  faults.subscribe(({ name }) => heard.push(`second: ${name}`))

  apply(faults, 'slow', 10)
  apply(faults, 'slow', 0)

  expect(heard).toEqual(['first: bank', 'second: bank', 'second: bank'])
})
