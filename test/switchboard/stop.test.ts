import { expect, test } from 'vitest'
import { open, openReady } from '../support/opened.ts'
import { isAlive } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'

test('stop() ends the leader, one that ignores SIGTERM and its end of input, and their children', async () => {
  const polite = new TestServer()
  const stubborn = new TestServer('--ignore-end', '--child')
  const parent = new TestServer('--child')
  const opened = await openReady({
    polite: polite.stdio(),
    stubborn: stubborn.stdio(),
    parent: parent.stdio(),
  })
  const pids = [polite, stubborn, parent].flatMap((server) => server.pids)
  expect(pids.map(isAlive)).toEqual([true, true, true, true, true])

  await opened.switchboard.stop()

  expect(pids.map(isAlive)).toEqual([false, false, false, false, false])
  expect(stubborn.journal.map(({ event }) => event)).toContain('SIGTERM')
  expect(opened.switchboard.servers.map(({ state }) => state)).toEqual(['closed', 'closed', 'closed'])
})

test('stop() accounts for a call in flight', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const call = opened.switchboard.call('charge', { amount: 1, until: 'never' })
  await server.untilStarted('charge')

  await opened.switchboard.stop()

  expect(await call).toMatchObject({ ok: false, error: { code: 'cancelled', effect: 'unknown' } })
})

test('stop() while servers are connecting leaves nothing', async () => {
  const hung = new TestServer('--hang-initialize', '--ignore-end', '--child')
  const opened = open({ hung: hung.stdio() })
  await hung.untilNoted('child')

  await opened.switchboard.stop()

  expect(hung.pids.map(isAlive)).toEqual([false, false])
})

test('the second stop() waits for the first', async () => {
  const server = new TestServer('--ignore-end')
  const opened = await openReady({ stubborn: server.stdio() })
  void opened.switchboard.stop()
  await opened.switchboard.stop()

  expect(server.pids.map(isAlive)).toEqual([false])
})

test('a server that is replaced does not wait for its stubborn predecessor, and both are gone after stop()', async () => {
  const server = new TestServer('--ignore-end')
  const opened = await openReady({ stubborn: server.stdio() }, { closeGraceMs: 5_000 })
  const first = opened.pid('stubborn')
  await opened.switchboard.restart('stubborn')
  await opened.untilState('stubborn', 'ready', 2)
  expect(isAlive(first)).toBe(true)

  process.kill(first, 'SIGKILL')
  process.kill(opened.pid('stubborn'), 'SIGKILL')
  await opened.switchboard.stop()
  await until(() => server.pids.every((pid) => !isAlive(pid)), 'both are gone')
})
