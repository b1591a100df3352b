import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { killServer } from '../support/transports.ts'

/** A call of a tool that never answers in the first process, which is killed in the midst of it. */
async function callThroughDeath(tool: string, options: JsonObject) {
  const server = new TestServer()
  const opened = await openReady(
    { bank: server.stdio(options) },
    { patienceMs: 20_000, callTimeoutMs: 20_000 },
  )
  const call = opened.switchboard.call(tool, tool === 'charge' ? { amount: 1, until: 'never' } : {})
  await server.untilStarted(tool)
  await killServer(server)
  const outcome = await call
  await opened.untilState('bank', 'ready', 2)
  return { outcome, server }
}

const lost = {
  ok: false,
  callId: expect.any(String),
  server: 'bank',
  error: {
    code: 'connection_lost',
    effect: 'unknown',
    message: 'The connection to bank was lost during the call. I do not know whether it was done.',
    cause: 'its process ended (signal SIGKILL)',
  },
  attempts: [{ server: 'bank', generation: 1, code: 'connection_lost' }],
  durationMs: expect.any(Number),
}

test('an unsafe tool is never sent again, even by a server whose annotations are trusted', async () => {
  const { outcome, server } = await callThroughDeath('charge', { trustAnnotations: true })
  expect(outcome).toEqual(lost)
  expect(server.runs('charge')).toEqual({ started: 1, finished: 0 })
})

test('a read-only tool is not sent again on the word of a server that is not trusted', async () => {
  const { outcome, server } = await callThroughDeath('look_twice', {})
  expect(outcome).toEqual(lost)
  expect(server.runs('look_twice')).toEqual({ started: 1, finished: 0 })
})

test.each<[name: string, options: JsonObject]>([
  ['its annotations are trusted', { trustAnnotations: true }],
  ['the configuration says that it is read-only', { tools: { look_twice: { readOnly: true } } }],
  ['the configuration says that it is idempotent', { tools: { look_twice: { idempotent: true } } }],
])('a call is sent again where %s', async (_, options) => {
  const { outcome, server } = await callThroughDeath('look_twice', options)
  expect(outcome).toMatchObject({
    ok: true,
    server: 'bank',
    attempts: [
      { server: 'bank', generation: 1, code: 'connection_lost' },
      { server: 'bank', generation: 2, code: 'ok' },
    ],
  })
  expect(server.runs('look_twice')).toEqual({ started: 2, finished: 1 })
})

test('what the configuration denies is not believed of a trusted server', async () => {
  const options = { trustAnnotations: true, tools: { look_twice: { readOnly: false, idempotent: false } } }
  const { outcome, server } = await callThroughDeath('look_twice', options)
  expect(outcome).toEqual(lost)
  expect(server.runs('look_twice')).toEqual({ started: 1, finished: 0 })
})

test('the second try keeps the first in mind: when nobody comes back, the effect stays unknown', async () => {
  const server = new TestServer('--dies-again')
  const opened = await openReady(
    { bank: server.stdio({ trustAnnotations: true }) },
    { patienceMs: 300, maxBackOffMs: 60_000 },
  )
  const call = opened.switchboard.call('look_twice', {})
  await server.untilStarted('look_twice')
  await killServer(server)

  expect(await call).toEqual(lost)
})

test('a group passes a repeatable call on to its other server at once', async () => {
  const first = new TestServer()
  const second = new TestServer('--only', 'look')
  const options = { group: 'eyes', tools: { look: { readOnly: true } } }
  const opened = await openReady({
    first: first.stdio({ ...options, include: ['look'], priority: 1 }),
    second: second.stdio(options),
  })
  const call = opened.switchboard.call('look', { until: 'go' })
  await first.untilStarted('look')
  second.release('go')
  await killServer(first)

  expect(await call).toMatchObject({
    ok: true,
    server: 'second',
    attempts: [
      { server: 'first', generation: 1, code: 'connection_lost' },
      { server: 'second', generation: 1, code: 'ok' },
    ],
  })
})
