import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { createSwitchboard, type JsonObject } from '../../src/index.ts'
import { listen } from '../support/listen.ts'
import { Opened, open, openReady } from '../support/opened.ts'
import { openStream, RawServer, resultOf } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

async function openRaw(prepare: (server: RawServer) => void = () => {}, options: JsonObject = {}) {
  const server = await RawServer.start()
  prepare(server)
  const opened = await openReady({ raw: { url: server.url, switchboard: options } }, { heartbeatMs: 60_000 })
  return { server, opened }
}

/** What a call fails with, whole. */
async function failureOf({ switchboard }: Opened) {
  const outcome = await switchboard.call('act', {})
  if (outcome.ok) throw new Error('the call did not fail')
  const { error, attempts, durationMs } = outcome
  return { error, attempts: attempts.map(({ generation, code }) => [generation, code]), durationMs }
}

const soon = 1_500

test('401 during a call leads to unauthorized, and its functions stay offered and say so', async () => {
  const { server, opened } = await openRaw()
  server.handlers.set('tools/call', (response) => response.writeHead(401).end())

  expect(await failureOf(opened)).toMatchObject({
    error: {
      code: 'unauthorized',
      effect: 'none',
      message: 'raw refused our credentials. Nothing was done.',
    },
    attempts: [[1, 'unauthorized']],
  })
  expect(opened.server('raw')).toMatchObject({
    state: 'unauthorized',
    functions: ['act'],
    lastError: 'it answers HTTP status 401; put other credentials into "headers" of raw',
  })
  expect(opened.switchboard.functions).toEqual([expect.objectContaining({ name: 'act', callable: false })])
  expect(await failureOf(opened)).toMatchObject({
    error: { code: 'unauthorized', effect: 'none' },
    attempts: [],
  })
  expect(server.count('tools/call')).toBe(1)
})

test('401 at the start leads to unauthorized, and is not tried again until other credentials come', async () => {
  const server = await RawServer.start()
  server.handlers.set('initialize', (response, id, request) => {
    if (request.headers.authorization !== 'Bearer right') response.writeHead(401).end()
    else server.answer(response, id, 'initialize')
  })
  const entry = (token: string) => ({
    raw: { url: server.url, headers: { Authorization: `Bearer ${token}` } },
  })
  const opened = open(entry('wrong'))
  await opened.untilState('raw', 'unauthorized')
  expect(opened.server('raw')).toMatchObject({ generation: 1 })

  await opened.switchboard.configure({ mcpServers: entry('right') })
  await opened.untilReady('raw')

  expect(server.count('initialize')).toBe(2)
})

test('a server that asks for time at the start gets it', async () => {
  const server = await RawServer.start()
  server.handlers.set('initialize', (response) =>
    response.writeHead(503, { 'retry-after': '60' }).end('later'),
  )
  const opened = open({ raw: { url: server.url } })
  const { nextAttemptAt = 0, since, lastError } = await opened.untilState('raw', 'reconnecting')
  expect(nextAttemptAt - since).toBeGreaterThan(59_000)
  expect(lastError).toContain('later')
})

test('an answer stream that ends cleanly without an answer is a lost connection at once', async () => {
  const { server, opened } = await openRaw()
  server.handlers.set('tools/call', (response) => {
    openStream(response)
    response.end()
  })
  const { error, durationMs } = await failureOf(opened)
  expect(error).toEqual({
    code: 'connection_lost',
    effect: 'unknown',
    message: 'The connection to raw was lost during the call. I do not know whether it was done.',
    cause: 'the answer stream ended without an answer',
  })
  expect(durationMs).toBeLessThan(soon)
})

test('an answer in the last bytes of a stream is an answer', async () => {
  const { server, opened } = await openRaw()
  server.handlers.set('tools/call', (response, id) => {
    openStream(response)
    response.end(`event: message\ndata: ${JSON.stringify(resultOf(id, 'at last'))}\n\n`)
  })
  expect(await opened.switchboard.call('act', {})).toMatchObject({ ok: true, text: 'at last' })
})

test('a port on which nobody listens any more has done nothing', async () => {
  const { server, opened } = await openRaw((raw) => {
    raw.keepsAlive = false
  })
  server.stop()
  expect(await failureOf(opened)).toMatchObject({
    error: {
      code: 'server_unavailable',
      effect: 'none',
      message: 'raw cannot be reached. Nothing was done.',
    },
    attempts: [[1, 'server_unavailable']],
  })
})

test.each([
  [429, 'overloaded'],
  [503, 'protocol_error'],
] as const)('HTTP status %i with Retry-After says when to come again', async (status, code) => {
  const { server, opened } = await openRaw()
  server.handlers.set('tools/call', (response) =>
    response.writeHead(status, { 'retry-after': '2' }).end('no'),
  )

  expect((await failureOf(opened)).error).toMatchObject({ code, retryAfterMs: 2_000 })
  expect(server.count('tools/call')).toBe(1)
})

test('a server that stays overloaded passes a call on to the other one of its group', async () => {
  const busy = await RawServer.start()
  const free = await RawServer.start()
  busy.handlers.set('tools/call', (response) => response.writeHead(429).end())
  const opened = await openReady({
    busy: { url: busy.url, switchboard: { group: 'g', priority: 1 } },
    free: { url: free.url, switchboard: { group: 'g' } },
  })
  expect(await opened.switchboard.call('act', {})).toMatchObject({
    ok: true,
    attempts: [
      { server: 'busy', generation: 1, code: 'overloaded' },
      { server: 'free', generation: 1, code: 'ok' },
    ],
  })
})

test('a doubt about the first try is not hidden by the refusal of the second', async () => {
  const first = await RawServer.start()
  const second = await RawServer.start()
  first.handlers.set('tools/call', (response) => response.socket?.resetAndDestroy())
  second.handlers.set('tools/call', (response) => response.writeHead(429).end())
  const options = { group: 'g', tools: { act: { readOnly: true } } }
  const opened = await openReady(
    {
      first: { url: first.url, switchboard: { ...options, priority: 1 } },
      second: { url: second.url, switchboard: options },
    },
    { patienceMs: 300 },
  )
  const outcome = await opened.switchboard.call('act', {})
  expect(outcome).toMatchObject({
    ok: false,
    error: { code: 'connection_lost', effect: 'unknown' },
    attempts: [
      { server: 'first', code: 'connection_lost' },
      { server: 'second', code: 'overloaded' },
    ],
  })
})

test('a redirect within the origin whose target ran and then died is not reported as the redirect', async () => {
  const { server, opened } = await openRaw()
  server.handlers.set('tools/call', (response, _, { url }) => {
    if (url === '/mcp') response.writeHead(307, { location: '/moved' }).end()
    else response.destroy()
  })
  expect((await failureOf(opened)).error).toMatchObject({ code: 'connection_lost', effect: 'unknown' })
  expect(server.count('tools/call')).toBe(2)
})

test('an error page without an end leaves no connection after stop()', async () => {
  const http = createServer((request, response) => {
    request.resume()
    response.writeHead(503, { 'content-type': 'text/html' }).write('<h1>')
  })
  const { url: origin } = await listen(http)
  onTestFinished(() => {
    http.closeAllConnections()
    http.close()
  })
  const open = () => new Promise<number>((resolve) => http.getConnections((_, count) => resolve(count)))
  const url = `${origin}/mcp`
  const opened = new Opened(createSwitchboard({ mcpServers: { endless: { url } }, connectTimeoutMs: 300 }))
  await opened.untilState('endless', 'reconnecting')

  await opened.switchboard.stop()

  await until(async () => (await open()) === 0, 'no connection is left')
})
