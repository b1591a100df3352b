import { expect, test } from 'vitest'
import { parsePolicy } from '../../src/contract/policy.ts'
import { ScriptedServer } from './scripted-server.ts'

/** Of a server that has just been lost. */
function waitMs(server: ScriptedServer): number | undefined {
  const before = server.generation
  return server.clock.msUntil(() => server.generation > before, 60_000)
}

/** How long it waits before each of so many attempts, none of which succeeds. */
function waitsMs(server: ScriptedServer, count: number): (number | undefined)[] {
  return Array.from({ length: count }, () => waitMs(server.lose()))
}

test('a server is dialled again at once, then after longer and longer waits', () => {
  expect(waitsMs(new ScriptedServer(), 5)).toEqual([0, 125, 250, 500, 1_000])
})

test('no wait is longer than the policy says', () => {
  const policy = parsePolicy({ minBackOffMs: 400, maxBackOffMs: 1_000 })
  const server = new ScriptedServer(undefined, { policy, random: () => 1 })
  expect(waitsMs(server, 5)).toEqual([0, 400, 800, 1_000, 1_000])
})

test('a server waits at first where others are away too', () => {
  const server = new ScriptedServer(undefined, { othersAway: () => 10 })
  expect(waitsMs(server, 2)).toEqual([250, 125])
})

test.each([
  ['longer than its own wait', 5_000, 5_000],
  ['shorter than its own wait', 50, 250],
])(
  'a server that asks to be left alone for %s is dialled after the longer of both',
  (_, retryAfterMs, expected) => {
    const server = new ScriptedServer()
    waitsMs(server, 2)
    server.say({ type: 'connection.lost', reason: 'status 503', permanent: false, retryAfterMs, ends: [] })
    expect(server.reports.at(-1)?.nextAttemptAt).toBe(server.clock.now() + expected)
    expect(waitMs(server)).toBe(expected)
    expect(server.reports.at(-1)?.nextAttemptAt).toBeUndefined()
  },
)

test.each([
  ['that lasted', 30_000, [0, 125]],
  ['that did not last', 29_999, [500, 1_000]],
])('after a connection %s, the waits begin or go on accordingly', (_, lastedMs, expected) => {
  const server = new ScriptedServer()
  waitsMs(server, 3)
  server.connect().pass(lastedMs)
  expect(waitsMs(server, 2)).toEqual(expected)
})

test('only whole time counts: two short connections make no long one', () => {
  const server = new ScriptedServer()
  waitsMs(server, 3)
  server.connect().pass(20_000)
  expect(waitsMs(server, 1)).toEqual([500])
  server.connect().pass(20_000)
  expect(waitsMs(server, 1)).toEqual([1_000])
})

test('a connection that had to be degraded lasts from then on that it is trusted again', () => {
  const server = new ScriptedServer()
  waitsMs(server, 3)
  server.connect().pass(20_000).checked(false).checked(true).checked(true).pass(29_999)
  expect(waitsMs(server, 1)).toEqual([500])
})

test('a server that is restarted by hand begins its waits anew', () => {
  const server = new ScriptedServer()
  waitsMs(server, 4)
  server.send('restart')
  expect(waitsMs(server, 2)).toEqual([0, 125])
})

test('a server that waits can be restarted by hand, and is then dialled once', () => {
  const server = new ScriptedServer()
  waitsMs(server, 4)
  server.lose().send('restart')
  expect(server.generation).toBe(6)
  server.connect().pass(5_000)
  expect(server.generation).toBe(6)
})
