import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { listen } from '../support/listen.ts'
import { open, openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, transports } from '../support/transports.ts'

test('too many calls at one server are refused at once, and nothing is done', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio({ maxInFlight: 2 }) })
  const running = [1, 2].map((amount) => opened.switchboard.call('charge', { amount, until: 'go' }))
  await opened.until('both are sent', () => opened.events.filter((e) => e.type === 'call.sent').length === 2)

  expect(await opened.switchboard.call('charge', { amount: 3 })).toMatchObject({
    ok: false,
    error: {
      code: 'overloaded',
      effect: 'none',
      message: 'Too many calls are in flight at bank. Nothing was done.',
    },
    attempts: [],
  })

  server.release('go')
  expect(await Promise.all(running)).toMatchObject([{ ok: true }, { ok: true }])
  expect(await opened.switchboard.call('charge', { amount: 4 })).toMatchObject({ ok: true })
  expect(server.runs('charge').started).toBe(3)
})

test('too many calls in all conversations are refused at once, those that wait counted too', async () => {
  const server = new TestServer('--hang-initialize')
  const { switchboard } = open({ bank: server.stdio() }, { maxCalls: 3, patienceMs: 600_000 })
  const controller = new AbortController()
  const conversations = [switchboard.conversation(), switchboard.conversation({ mcpServers: {} })]
  const waiting = [0, 1, 0].map((which) =>
    conversations[which]?.call('charge', { amount: 1 }, { signal: controller.signal }),
  )

  expect(await switchboard.call('charge', { amount: 1 })).toMatchObject({
    ok: false,
    error: { code: 'overloaded', effect: 'none', message: 'More than 3 calls are open. Nothing was done.' },
    attempts: [],
  })

  controller.abort()
  const cancelled = { ok: false, error: { code: 'cancelled', effect: 'none' } }
  expect(await Promise.all(waiting)).toMatchObject([cancelled, cancelled, cancelled])
  const again = switchboard.call('charge', { amount: 1 }, { timeoutMs: 50 })
  expect(await again).toMatchObject({ error: { code: 'server_unavailable' } })
})

test.each(transports)(
  'a long answer is cut for the model with a mark, and whole in the outcome, over %s',
  async (transport) => {
    const server = new TestServer()
    const opened = await openReady({ bank: await entryOf(server, transport) }, { maxTextCharacters: 100 })
    const content = [
      { type: 'text', text: 'x'.repeat(5_000) },
      { type: 'image', mimeType: 'image/png', data: 'AAAA'.repeat(1_000) },
    ]
    server.order({ at: 'tools/call', result: { content } })

    const outcome = await opened.switchboard.call('charge', { amount: 1 })

    expect(outcome).toMatchObject({ ok: true, content })
    if (!outcome.ok) return
    expect(outcome.text).toBe(
      `${'x'.repeat(100)}… (cut: ${5_000 - 100 + '\n[image, image/png, 3 kB]'.length} more characters)`,
    )
  },
)

test('what is no text is described to the model in a few words', async () => {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  const content = [
    { type: 'image', mimeType: 'image/png', data: 'AAAA' },
    { type: 'text', text: 'Two pictures.' },
    { type: 'resource_link', uri: 'file:///a', name: 'a', mimeType: 'text/plain' },
  ]
  server.order({ at: 'tools/call', result: { content } })

  expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({
    ok: true,
    content,
    text: 'Two pictures.\n[image, image/png, 3 bytes]\n[link to a resource, a, file:///a, text/plain]',
  })
})

test('an answer without an end is given up, not kept', async () => {
  const server = new TestServer()
  const entry = await entryOf(server, 'http')
  const megabyte = Buffer.alloc(1024 * 1024, 0x20)
  const proxy = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    if (body.includes('tools/call')) {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = () => {
        while (!response.destroyed && response.write(megabyte));
      }
      response.on('drain', more)
      more()
      return
    }
    const headers = new Headers()
    for (const name of ['content-type', 'accept', 'mcp-session-id', 'mcp-protocol-version']) {
      const value = request.headers[name]
      if (typeof value === 'string') headers.set(name, value)
    }
    const { method = 'GET' } = request
    if (method === 'GET') return response.writeHead(405).end()
    const answer = await fetch(String(entry.url), { method, headers, ...(body === '' ? {} : { body }) })
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  const { url: origin } = await listen(proxy)
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const opened = await openReady({ bank: { url: `${origin}/mcp` } })

  expect(await opened.switchboard.call('charge', { amount: 1 }, { timeoutMs: 60_000 })).toMatchObject({
    ok: false,
    error: { effect: 'unknown', cause: expect.stringContaining('longer than 64 MiB') },
  })
})
