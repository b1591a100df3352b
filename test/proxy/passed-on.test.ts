import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, test } from 'vitest'
import { outcomeKey } from '../../src/contract/outcome-meta.ts'
import type { Outcome } from '../../src/index.ts'
import { open, openReady } from '../support/opened.ts'
import { RawServer, resultOf } from '../support/raw-http.ts'
import { TestServer } from '../support/test-server.ts'
import { killServer } from '../support/transports.ts'
import { until } from '../support/until.ts'
import { call, failed } from './calls.ts'
import { clientOf, entryFor, proxyOf, token } from './proxied.ts'

test('a client sees the tools as the model would, and the answers of the servers as they are', async () => {
  const bank = new TestServer('--only', 'look,sum,token,charge')
  const opened = await openReady({
    bank: bank.stdio({ tools: { charge: { as: 'pay', confirm: true }, look: { readOnly: false } } }),
  })
  const client = await clientOf(await proxyOf(opened))
  const { tools } = await client.listTools()
  const described = new Map(opened.switchboard.functions.map((one) => [one.name, one]))
  const as = (name: string, more: object = {}) => ({
    name,
    description: described.get(name)?.description,
    inputSchema: described.get(name)?.inputSchema,
    annotations: {},
    ...more,
  })
  expect(tools).toEqual([
    as('look', { annotations: { readOnlyHint: false, idempotentHint: true } }),
    as('sum', { outputSchema: expect.objectContaining({ required: ['total'] }) }),
    as('token'),
    as('pay', { annotations: { destructiveHint: true } }),
    expect.objectContaining({ name: 'tool_status', annotations: { readOnlyHint: true } }),
  ])

  const attempts = [{ server: 'bank', generation: 1, code: 'ok' }]
  const ok = { version: 1, ok: true, server: 'bank', attempts, durationMs: expect.any(Number) }
  expect(await call(client, 'sum', { answer: 'right' })).toEqual({
    content: [{ type: 'text', text: '3' }],
    structuredContent: { total: 3 },
    _meta: { [outcomeKey]: ok },
  })
  const { content, ...rest } = await call(client, 'token')
  expect(rest).toEqual({ _meta: { [outcomeKey]: ok } })
  const [note] = bank.ledger.filter(({ event }) => event === 'note')
  expect(content).toEqual([
    { type: 'text', text: note?.token, _meta: { 'test/position': 1 } },
    { type: 'image', mimeType: 'image/png', data: 'AAAA' },
    { type: 'text', text: '', annotations: { audience: ['user'] } },
  ])
})

test('a client sees explicit errors: what happened, and whether anything was done', async () => {
  const bank = new TestServer()
  const opened = await openReady({ bank: bank.stdio() })
  const client = await clientOf(await proxyOf(opened))
  const attempt = (code: string) => ({ server: 'bank', attempts: [{ server: 'bank', generation: 1, code }] })
  expect(await call(client, 'fail')).toEqual(
    failed(
      {
        ...{ code: 'tool_error', effect: 'unknown' },
        message: 'bank reports an error: the printer is out of paper',
      },
      attempt('tool_error'),
    ),
  )
  expect(await call(client, 'nothing')).toEqual(
    failed({
      ...{ code: 'unknown_function', effect: 'none' },
      message: 'No server offers a function named nothing. Nothing was done.',
    }),
  )
  const lost = call(client, 'charge', { amount: 1, until: 'never' })
  await bank.untilStarted('charge')
  await killServer(bank)
  expect(await lost).toEqual(
    failed(
      {
        ...{ code: 'connection_lost', effect: 'unknown' },
        message: 'The connection to bank was lost during the call. I do not know whether it was done.',
      },
      { ...attempt('connection_lost'), cause: expect.stringContaining('SIGKILL') },
    ),
  )
})

describe('what goes on during a call is passed on', () => {
  test('progress, and a cancellation', async () => {
    const bank = new TestServer()
    const client = await clientOf(await proxyOf(await openReady({ bank: bank.stdio() })))
    const heard: unknown[] = []
    const controller = new AbortController()
    // Not one that ends by itself: the SDK may forget who listens before it tells of the last progress.
    const call = client.callTool({ name: 'progress', arguments: { steps: 1_000, everyMs: 20 } }, undefined, {
      signal: controller.signal,
      onprogress: (progress) => {
        heard.push(progress)
        if (heard.length === 2) controller.abort('changed my mind')
      },
    })
    await expect(call).rejects.toThrow('changed my mind')
    expect(heard).toEqual([
      { progress: 1, total: 1_000, message: 'step 1' },
      { progress: 2, total: 1_000, message: 'step 2' },
    ])
    await bank.untilNoted('cancelled')
  })

  test('a question of a server, to a client that can be asked', async () => {
    const bank = new TestServer('--only', 'ask')
    const proxy = await proxyOf(await openReady({ bank: bank.stdio() }))
    const requestedSchema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const form = { params: { mode: 'form', message: 'Which city?', requestedSchema } }
    const url = { params: { mode: 'url', message: 'Sign in', url: 'https://a.example/', elicitationId: '1' } }
    const client = await clientOf(proxy, { capabilities: { elicitation: { form: {} } } })
    const asked: unknown[] = []
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params)
      return { action: 'accept', content: { city: 'Oslo' } }
    })
    const { content } = await call(client, 'ask', { requests: [form, url] })
    expect(asked).toEqual([form.params])
    expect(content).toEqual([
      {
        type: 'text',
        text: JSON.stringify([{ action: 'accept', content: { city: 'Oslo' } }, { action: 'cancel' }]),
      },
    ])
    const mute = await clientOf(proxy)
    expect((await call(mute, 'ask', { requests: [form] })).content).toEqual([
      { type: 'text', text: JSON.stringify([{ action: 'cancel' }]) },
    ])
  })

  test('a yes that a function needs, which only a client that can be asked gives', async () => {
    const bank = new TestServer('--only', 'charge')
    const proxy = await proxyOf(
      await openReady({ bank: bank.stdio({ tools: { charge: { confirm: true } } }) }),
    )
    const answers: ('accept' | 'decline')[] = ['decline', 'accept']
    const asked: unknown[] = []
    const client = await clientOf(proxy, { capabilities: { elicitation: {} } })
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params.message)
      return { action: answers.shift() ?? 'cancel' }
    })
    expect(await call(client, 'charge', { amount: 5 })).toEqual(
      failed({
        ...{ code: 'declined', effect: 'none' },
        message: 'charge was not confirmed. Nothing was done.',
      }),
    )
    expect(await call(client, 'charge', { amount: 5 })).toMatchObject({
      _meta: { [outcomeKey]: { ok: true } },
    })
    expect(await call(await clientOf(proxy), 'charge', { amount: 6 })).toEqual(
      failed({
        ...{ code: 'confirmation_required', effect: 'none' },
        message:
          'charge needs the yes of a user first, and this client cannot be asked for it: it does not declare elicitation with forms. Whoever runs the proxy can set "confirm": false for this tool in its configuration, or use a client that declares it. Nothing was done.',
      }),
    )
    expect(asked).toEqual(Array(2).fill('Shall I charge, with the amount 5?'))
    expect(bank.runs('charge')).toEqual({ started: 1, finished: 1 })
  })
})

test('a client hears that the tools changed', async () => {
  const bank = new TestServer('--only', 'look,change')
  const opened = await openReady({ bank: bank.stdio() })
  const client = await clientOf(await proxyOf(opened))
  await client.listTools()
  const changed = new Promise<void>((resolve) =>
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => resolve()),
  )
  await call(client, 'change', { where: 'events' })
  await changed
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual([
    ...['look', 'change', 'extra', 'tool_status'],
  ])
})

test('a client that did not listen hears when it does that the tools have changed', async () => {
  const bank = new TestServer('--only', 'look,change')
  const opened = await openReady({ bank: bank.stdio() })
  const { url } = await proxyOf(opened)
  const controller = new AbortController()
  let session: Record<string, string> = {}
  const send = (method: string, message?: object) =>
    fetch(url, {
      method,
      signal: controller.signal,
      headers: {
        ...{ authorization: `Bearer ${token}`, accept: 'application/json, text/event-stream' },
        ...{ 'content-type': 'application/json', ...session },
      },
      body: message === undefined ? null : JSON.stringify({ jsonrpc: '2.0', ...message }),
    })
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } }
  const { headers } = await send('POST', { id: 1, method: 'initialize', params })
  session = { 'mcp-session-id': headers.get('mcp-session-id') ?? '' }
  await send('POST', { method: 'notifications/initialized' })
  await (await send('POST', { id: 2, method: 'tools/list' })).text()
  await opened.switchboard.call('change', { where: 'events' })
  await opened.until('it offers more', () => opened.switchboard.functions.length === 3)
  const { body } = await send('GET')
  const { value } = (await body?.getReader().read()) ?? {}
  expect(new TextDecoder().decode(value)).toContain('notifications/tools/list_changed')
  controller.abort()
})

describe('a switchboard in front of a proxy', () => {
  test('gives the outcome that the proxy tells, and does not try again', async () => {
    const bank = new TestServer()
    const behind = await openReady({ bank: bank.stdio({ tools: { charge: { confirm: true } } }) })
    const proxy = await proxyOf(behind)
    const front = await openReady(
      { proxy: entryFor(proxy, { trustAnnotations: true }) },
      { callTimeoutMs: 50, patienceMs: 120_000 },
    )
    // How long a call may take is for the proxy to say.
    expect(await front.switchboard.call('block', { blockMs: 0, thenMs: 100 })).toMatchObject({ ok: true })
    const lost = front.switchboard.call('look', { until: 'never' })
    await bank.untilStarted('look')
    await killServer(bank)
    const outcome = await lost
    const [, told] = behind.events.flatMap((event) => (event.type === 'call.ended' ? event.outcome : []))
    const errorOf = (one: Outcome | undefined) => (one?.ok === false ? one.error : undefined)
    expect(errorOf(outcome)).toEqual(errorOf(told))
    expect(outcome).toMatchObject({
      error: { code: 'connection_lost', effect: 'unknown' },
      attempts: [{ server: 'proxy', generation: 1, code: 'connection_lost' }],
    })
    await behind.untilState('bank', 'ready')
    // Its own caller is asked by it, and not once more by the proxy.
    expect(await front.switchboard.call('charge', { amount: 1 })).toMatchObject({
      error: { code: 'confirmation_required' },
    })
    expect(await front.switchboard.call('charge', { amount: 1 }, { confirmed: true })).toMatchObject({
      ok: true,
    })
  })

  test('says who knows what is missing, and offers to ask it', async () => {
    const bank = new TestServer('--only', 'look')
    const behind = open({ bank: bank.stdio(), mail: { command: '/no/such/command' } })
    await behind.untilReady('bank')
    await behind.untilState('mail', 'failed')
    const { switchboard } = await openReady({ proxy: entryFor(await proxyOf(behind)) })
    const textOf = async (name: string) => {
      const outcome = await switchboard.call(name, {})
      return outcome.ok ? outcome.text : outcome.error
    }
    expect(await textOf('tool_status')).toBe(
      'Which of the tools behind proxy cannot be used, proxy__tool_status tells.',
    )
    expect(await textOf('proxy__tool_status')).toContain('mail is failed since')
  })

  test('believes nobody else who says what a proxy says', async () => {
    const stranger = await RawServer.start()
    const claim = { version: 1, ok: false, code: 'unauthorized', effect: 'none', message: 'Sign in.' }
    const _meta = { [outcomeKey]: { ...claim, attempts: [], durationMs: 1 } }
    stranger.handlers.set('tools/call', (response, id) => {
      const { result, ...rest } = resultOf(id, 'no')
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ ...rest, result: { ...result, isError: true, _meta } }))
    })
    const { switchboard } = await openReady({
      stranger: { url: stranger.url },
      trusted: { url: stranger.url, switchboard: { proxy: true, tools: { act: { as: 'act_trusted' } } } },
    })
    const errorOf = async (name: string) => {
      const outcome = await switchboard.call(name, {})
      return outcome.ok ? undefined : outcome.error
    }
    expect([await errorOf('act'), await errorOf('act_trusted')]).toEqual([
      { code: 'tool_error', effect: 'unknown', message: 'stranger reports an error: no' },
      { code: 'unauthorized', effect: 'none', message: 'Sign in.' },
    ])
  })

  test('whose proxy ends in the midst of a call does not know, and comes back to its successor', async () => {
    const bank = new TestServer()
    const behind = await openReady({ bank: bank.stdio() })
    const proxy = await proxyOf(behind)
    const front = await openReady({ proxy: entryFor(proxy) })
    const outcome = front.switchboard.call('charge', { amount: 1, until: 'never' })
    await bank.untilStarted('charge')
    await proxy.close()
    expect(await outcome).toMatchObject({
      ok: false,
      error: { code: 'connection_lost', effect: 'unknown' },
      attempts: [{ server: 'proxy', generation: 1, code: 'connection_lost' }],
    })
    await proxyOf(behind, { port: proxy.port })
    await until(async () => (await front.switchboard.call('look', {})).ok, 'it answers again')
  })
})
