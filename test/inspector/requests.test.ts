import { expect, test } from 'vitest'
import type { JsonObject, Outcome } from '../../src/index.ts'
import { createInspector } from '../../src/inspector/index.ts'
import type { ApiError } from '../../src/inspector/wire.ts'
import { inspectionOf } from '../../src/switchboard/inspection.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { inspect, openPage, Visitor } from './live-page.ts'

async function bank(options: JsonObject = {}) {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio(options) })
  return { server, opened }
}

/** Status and what was said. */
async function told(response: Response): Promise<[number, unknown]> {
  return [response.status, JSON.parse(await response.text())]
}

const refusal = (message: string): ApiError => ({ error: { message } })

test('a server that is killed from the page comes back, and the page keeps what was wrong with it', async () => {
  const { opened } = await bank()
  const page = await openPage(opened.switchboard, { allowFaults: true })
  expect(page.state.facts?.canBreak).toBe(true)

  expect(await told(await page.visitor.post('/api/servers/bank/fault', { action: 'kill' }))).toEqual([
    200,
    {},
  ])

  const back = await page.sees('bank, ready again', ({ servers }) =>
    [...servers.values()].find(({ generation, state }) => generation === 2 && state === 'ready'),
  )
  expect(back.states.map(({ state }) => state)).toEqual(['ready', 'reconnecting', 'ready'])
  expect(back.lastError).toBeUndefined()
  expect(back.lastFailure).toEqual({
    at: expect.any(Number),
    error: 'its process ended (signal SIGKILL)',
  })
})

test('one that is disabled stays on the page, to be enabled again', async () => {
  const { opened } = await bank()
  const page = await openPage(opened.switchboard, { allowFaults: true })
  const { visitor } = page

  await visitor.post('/api/servers/bank/fault', { action: 'disable' })
  const gone = await page.sees('bank, closed', ({ servers }) =>
    [...servers.values()].find(({ states }) => states.at(-1)?.state === 'disabled'),
  )
  expect(gone).toMatchObject({ name: 'bank', isDisabled: true, faults: ['enable'] })
  expect(page.state.functions).toEqual([])

  await visitor.post('/api/servers/bank/fault', { action: 'enable' })
  const back = await page.sees('bank, ready', ({ servers }) =>
    [...servers.values()].find(({ state }) => state === 'ready'),
  )
  expect(back).toMatchObject({ isDisabled: false, generation: 2 })
})

test.each<[string, unknown, number, string]>([
  ['shop', { action: 'kill' }, 404, 'no server is named "shop".'],
  ['bank', { action: 'continue' }, 409, 'bank is not stopped.'],
  [
    'bank',
    { action: 'slow' },
    400,
    'This is no fault: ✖ Invalid input: expected number, received undefined\n  → at delayMs',
  ],
  [
    'bank',
    { action: 'slow', delayMs: 60_001 },
    400,
    'This is no fault: ✖ Too big: expected number to be <=60000\n  → at delayMs',
  ],
  ['bank', { action: 'kill', signal: 'SIGTERM' }, 400, 'This is no fault: ✖ Unrecognized key: "signal"'],
])('a fault of %s that is %j is refused', async (name, body, status, message) => {
  const { opened } = await bank()
  const { url } = await inspect(opened.switchboard, { allowFaults: true })
  const visitor = await Visitor.to(url)

  expect(await told(await visitor.post(`/api/servers/${name}/fault`, body))).toEqual([
    status,
    refusal(message),
  ])
  expect(opened.statesOf('bank')).toEqual(['connecting', 'ready'])
})

test('a page that cannot listen leaves nobody behind who looks on', async () => {
  const { opened } = await bank()
  const { url } = await inspect(opened.switchboard)
  const { pools } = inspectionOf(opened.switchboard)
  const watch = pools.watch.bind(pools)
  let watchers = 0
  pools.watch = (watcher) => {
    const off = watch(watcher)
    watchers += 1
    return () => {
      watchers -= 1
      off()
    }
  }
  await expect(
    createInspector(opened.switchboard, { port: Number(new URL(url).port) }),
  ).rejects.toMatchObject({ code: 'port_in_use' })
  expect(watchers).toBe(0)
})

test('without --allow-faults nothing can be broken', async () => {
  const { opened } = await bank()
  const page = await openPage(opened.switchboard)

  expect(page.state.facts?.canBreak).toBe(false)
  expect([...page.state.servers.values()].map(({ faults }) => faults)).toEqual([[]])
  expect(await told(await page.visitor.post('/api/servers/bank/fault', { action: 'kill' }))).toEqual([
    403,
    refusal('This page may not break servers; start it with --allow-faults.'),
  ])
  expect(opened.statesOf('bank')).toEqual(['connecting', 'ready'])
})

test('a function is told with its schema, and called', async () => {
  const { opened, server } = await bank()
  const visitor = await Visitor.to((await inspect(opened.switchboard)).url)
  const info = opened.switchboard.functions.find(({ name }) => name === 'charge')

  expect(await visitor.read('/api/functions/charge')).toEqual(info)
  expect(await told(await visitor.post('/api/functions/charge/call', { arguments: { amount: 7 } }))).toEqual([
    200,
    {
      ok: true,
      callId: expect.any(String),
      server: 'bank',
      content: [{ type: 'text', text: expect.stringMatching(/^charged 7 by \d+$/) }],
      text: expect.stringMatching(/^charged 7 by \d+$/),
      attempts: [{ server: 'bank', generation: 1, code: 'ok' }],
      durationMs: expect.any(Number),
    },
  ])
  expect(server.runs('charge')).toEqual({ started: 1, finished: 1 })
  expect(await told(await visitor.get('/api/functions/steal'))).toEqual([
    404,
    refusal('No function is offered under the name "steal" now.'),
  ])
})

test('a call that needs a yes does not run without it, and runs once somebody gave it', async () => {
  const { opened, server } = await bank({ tools: { charge: { confirm: true } } })
  const visitor = await Visitor.to((await inspect(opened.switchboard)).url)
  const call = async (body: JsonObject): Promise<Outcome> => {
    const outcome: Outcome = JSON.parse(await (await visitor.post('/api/functions/charge/call', body)).text())
    return outcome
  }

  expect(await call({ arguments: { amount: 7 } })).toMatchObject({
    ok: false,
    error: { code: 'confirmation_required', effect: 'none' },
  })
  expect(server.ledger).toEqual([])
  expect(await call({ arguments: { amount: 7 }, confirmed: true })).toMatchObject({ ok: true })
  expect(server.runs('charge')).toEqual({ started: 1, finished: 1 })
})

test('a call whose page went away is cancelled', async () => {
  const { opened, server } = await bank()
  const { origin, cookie } = await Visitor.to((await inspect(opened.switchboard)).url)
  const ended = new Promise<Outcome>((resolve) => {
    opened.switchboard.subscribe((event) => {
      if (event.type === 'call.ended') resolve(event.outcome)
    })
  })
  const page = new AbortController()
  const call = fetch(`${origin}/api/functions/charge/call`, {
    method: 'POST',
    headers: { cookie, origin, 'content-type': 'application/json' },
    body: JSON.stringify({ arguments: { amount: 7, until: 'never' } }),
    signal: page.signal,
  })
  await server.untilStarted('charge')

  page.abort()

  await expect(call).rejects.toThrow('aborted')
  expect(await ended).toMatchObject({ ok: false, error: { code: 'cancelled', effect: 'unknown' } })
})

test('what a conversation has of its own is called in it, and in no other', async () => {
  const { opened } = await bank()
  const own = new TestServer('--only', 'token')
  const conversation = opened.switchboard.conversation({ id: 'c1', mcpServers: { own: own.stdio() } })
  const visitor = await Visitor.to((await inspect(opened.switchboard)).url)
  const page = await openPage(opened.switchboard)
  await page.sees('its own server', ({ servers }) => servers.get('c1/own')?.state === 'ready')

  expect(await visitor.read('/api/conversations/c1/functions/own__token')).toMatchObject({ servers: ['own'] })
  const called = await visitor.post('/api/functions/own__token/call', { arguments: {}, conversationId: 'c1' })
  expect(await told(called)).toEqual([200, expect.objectContaining({ ok: true, server: 'own' })])
  const [status] = await told(await visitor.get('/api/functions/own__token'))
  expect(status).toBe(404)

  await conversation.end()
  const late = await visitor.post('/api/functions/own__token/call', { arguments: {}, conversationId: 'c1' })
  expect(await told(late)).toEqual([404, refusal('This conversation has ended.')])
})

test.each<[string, unknown]>([
  ['no object', 'charge'],
  ['no arguments', {}],
  ['arguments that are a list', { arguments: [] }],
  ['something else besides', { arguments: {}, timeoutMs: 1 }],
])('a call with %s is refused', async (_, body) => {
  const { opened, server } = await bank()
  const visitor = await Visitor.to((await inspect(opened.switchboard)).url)

  const [status, problem] = await told(await visitor.post('/api/functions/charge/call', body))
  expect([status, problem]).toEqual([400, refusal(expect.stringMatching(/^This is no call: ✖ /))])
  expect(server.ledger).toEqual([])
})
