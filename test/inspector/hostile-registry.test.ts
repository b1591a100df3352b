import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSwitchboard } from '../../src/index.ts'
import { createInspector, type Inspector } from '../../src/inspector/index.ts'
import { Visitor } from './live-page.ts'
import { ask, type RawAnswer } from './raw-request.ts'

/** A registry that only notes who came through. */
const reached: string[] = []
const registry = {
  handle(request: IncomingMessage, response: ServerResponse) {
    reached.push(`${request.method} ${request.url}`)
    response.end('the registry')
  },
}

let inspector: Inspector
let visitor: Visitor
beforeAll(async () => {
  inspector = await createInspector(createSwitchboard({ mcpServers: {} }), { registry })
  visitor = await Visitor.to(inspector.url)
})
afterAll(() => inspector.close())
beforeEach(() => reached.splice(0))

const port = () => Number(new URL(inspector.url).port)
const here = () => `127.0.0.1:${port()}`
const servers = '/api/mcp/servers'
const callback = '/api/mcp/oauth/callback?state=s&code=c'
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

type Headers = Record<string, string | undefined>

/** What the page itself sends, but for what is given; `undefined` leaves a header out. */
function send(method: string, path: string, changed: Headers = {}): Promise<RawAnswer> {
  const all: Headers = { host: here(), origin: `http://${here()}`, cookie: visitor.cookie, ...changed }
  const headers = Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  return ask(port(), { method, path, headers })
}

describe.each<[string, () => Headers]>([
  ['no token', () => ({ cookie: undefined })],
  ['a wrong token', () => ({ cookie: `switchboard-${port()}=${'A'.repeat(32)}` })],
  ['a foreign Host', () => ({ host: `evil.example:${port()}`, origin: `http://evil.example:${port()}` })],
  ['a foreign Origin', () => ({ origin: 'https://evil.example' })],
  ['"null" as Origin', () => ({ origin: 'null' })],
])('%s', (_, changed) => {
  test.each(methods)('%s does not reach the registry', async (method) => {
    expect((await send(method, servers, changed())).status).toBe(403)
    expect(reached).toEqual([])
  })
})

test.each(methods.slice(1))('%s without an Origin does not reach the registry', async (method) => {
  expect((await send(method, servers, { origin: undefined })).status).toBe(403)
  expect(reached).toEqual([])
})

test('every method of the page itself reaches the registry', async () => {
  for (const method of methods) expect((await send(method, servers)).status, method).toBe(200)
  expect(reached).toEqual(methods.map((method) => `${method} ${servers}`))
})

test('who comes back from signing in needs no token of the page, which the browser does not send along', async () => {
  const fromElsewhere = { cookie: undefined, origin: undefined }
  expect((await send('GET', callback, fromElsewhere)).body).toBe('the registry')
  expect(reached).toEqual([`GET ${callback}`])
})

test.each<[string, string, string, Headers]>([
  ['a foreign Host', 'GET', callback, { host: 'evil.example' }],
  ['another port as Host', 'GET', callback, { host: '127.0.0.1:1' }],
  ['POST', 'POST', callback, {}],
  ['HEAD', 'HEAD', callback, {}],
  ['what only begins like it', 'GET', '/api/mcp/oauth/callback/../../servers', {}],
  ['what is beside it', 'GET', '/api/mcp/oauth/callbacks', {}],
  ['what is below it', 'GET', '/api/mcp/oauth/callback/x', {}],
  ['an address of another kind', 'GET', 'http://evil.example/api/mcp/oauth/callback', {}],
])('coming back is nothing else: %s does not pass by the token', async (_, method, path, changed) => {
  const { status } = await send(method, path, { cookie: undefined, origin: undefined, ...changed })
  expect(status).toBe(403)
  expect(reached).toEqual([])
})

test('without a registry there is nothing under its address, whatever its token', async () => {
  const alone = await createInspector(createSwitchboard({ mcpServers: {} }))
  try {
    const { status } = await (await Visitor.to(alone.url)).get(servers)
    expect(status).toBe(404)
  } finally {
    await alone.close()
  }
})
