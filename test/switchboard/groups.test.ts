import { expect, test } from 'vitest'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, killServer, transports } from '../support/transports.ts'
import { until } from '../support/until.ts'

const refused = (error: Error) => JSON.stringify(error.cause, ['code']).includes('ECONNREFUSED')

/** Nothing is noticed but by calls. */
const noHeartbeats = { heartbeatMs: 600_000 }

test.each(transports)('an outage of one server of a group is not heard, over %s', async (transport) => {
  const [first, second] = [new TestServer(), new TestServer()]
  const opened = await openReady({
    first: await entryOf(first, transport, { group: 'bank', priority: 1 }),
    second: await entryOf(second, transport, { group: 'bank' }),
  })
  first.order({ at: 'initialize', ending: 'nothing' })
  await killServer(first)
  await opened.untilState('first', 'reconnecting')

  const outcomes = []
  for (let amount = 1; amount <= 5; amount++) {
    outcomes.push(await opened.switchboard.call('charge', { amount }))
  }

  const atSecond = { ok: true, attempts: [{ server: 'second', generation: 1, code: 'ok' }] }
  expect(outcomes).toMatchObject(Array(5).fill(atSecond))
  expect([first.runs('charge').started, second.runs('charge').started]).toEqual([0, 5])
})

test('a call that surely never reached one server goes to the next, within the same deadline', async () => {
  const [first, second] = [new TestServer('--no-events', '--no-keep-alive'), new TestServer()]
  const { url, kill } = await first.startHttp()
  const opened = await openReady(
    {
      first: { url, switchboard: { group: 'bank', priority: 1 } },
      second: second.stdio({ group: 'bank' }),
    },
    noHeartbeats,
  )
  await kill()
  // A socket that was open until now would tell of a reset, after which nobody can be sure.
  await until(() => fetch(url).then(() => false, refused), 'the port is closed')

  const outcome = await opened.switchboard.call('charge', { amount: 1 })

  expect(outcome).toMatchObject({
    ok: true,
    attempts: [
      { server: 'first', generation: 1, code: 'server_unavailable' },
      { server: 'second', generation: 1, code: 'ok' },
    ],
  })
  expect([first.runs('charge').started, second.runs('charge').started]).toEqual([0, 1])
})

test('a call that may have run at one server is not given to the next', async () => {
  const [first, second] = [new TestServer(), new TestServer()]
  const opened = await openReady({
    first: first.stdio({ group: 'bank', priority: 1 }),
    second: second.stdio({ group: 'bank' }),
  })
  first.order({ at: 'tools/call', ending: 'die' })

  const outcome = await opened.switchboard.call('charge', { amount: 1 })

  expect(outcome).toMatchObject({
    ok: false,
    error: { code: 'connection_lost', effect: 'unknown' },
    attempts: [{ server: 'first', generation: 1, code: 'connection_lost' }],
  })
  expect([first.runs('charge').started, second.runs('charge').started]).toEqual([1, 0])
})
