import { createServer, request as httpRequest } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { listening } from '../../src/http/listening.ts'
import type { ProxyClient } from '../../src/proxy/client.ts'
import type { HttpRequest } from '../../src/proxy/mcp-server.ts'
import { Sessions } from '../../src/proxy/sessions.ts'
import { until } from '../support/until.ts'
import { echoing } from './echoing.ts'
import { proxyOf, token } from './proxied.ts'

const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } }
const one: ProxyClient = { token: 'token-of-number-one' }
const other: ProxyClient = { token: 'token-of-the-other' }

function post(message: object, gone = new AbortController()): HttpRequest {
  const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }
  const body = { jsonrpc: '2.0', id: 1, ...message }
  return { method: 'POST', url: 'http://127.0.0.1/mcp', headers, body, gone: gone.signal }
}

/** Sessions, and how many conversations they hold. */
function sessionsOf(idleMs = 60_000, maxSessions?: number) {
  const { switchboard } = echoing()
  const held = new Set<object>()
  const conversation = () => {
    const end = async () => void held.delete(end)
    held.add(end)
    return { ...switchboard.conversation(), end }
  }
  const sessions = new Sessions({ ...switchboard, conversation }, idleMs, maxSessions)
  onTestFinished(() => sessions.close())
  const begin = async (client: ProxyClient) => {
    const answer = await sessions.begin(client, post({ method: 'initialize', params }))
    await answer?.body?.cancel()
    return answer?.headers.get('mcp-session-id') ?? undefined
  }
  return { sessions, begin, held }
}

test('a client that has opened as many sessions as it may takes no place of another, and one that ends makes room', async () => {
  const { sessions, begin } = sessionsOf(60_000, 2)
  const ids = [await begin(one), await begin(one)]
  expect(ids).toEqual([expect.any(String), expect.any(String)])
  expect(sessions.begin(one, post({ method: 'initialize', params }))).toBeUndefined()
  expect(await begin(other)).toEqual(expect.any(String))
  const [first = ''] = ids
  const ended = await sessions.goOn(one, first, {
    ...{ ...post({}), method: 'DELETE', body: undefined },
    headers: { 'mcp-session-id': first, 'mcp-protocol-version': '2025-11-25' },
  })
  expect(ended?.status).toBe(200)
  expect(await begin(one)).toEqual(expect.any(String))
})

test('what is no beginning of a session leaves nothing behind', async () => {
  const { sessions, held } = sessionsOf()
  expect((await sessions.begin(one, post({ method: 'tools/list' })))?.status).toBe(400)
  await expect(sessions.begin(one, { ...post({}), method: 'TRACE' })).rejects.toThrow()
  expect(held.size).toBe(0)
})

test('a session whose client had gone before it was asked ends when it is idle', async () => {
  const { sessions, begin, held } = sessionsOf(10)
  const gone = new AbortController()
  gone.abort()
  await (await sessions.begin(one, post({ method: 'initialize', params }, gone)))?.body?.cancel()
  await until(() => held.size === 0, 'it has ended')
  expect(await begin(other)).toEqual(expect.any(String))
})

test('a method that means nothing here is no failure of the proxy', async () => {
  const { url } = await proxyOf(echoing())
  const answer = await new Promise<{ status: number | undefined; allow: string | undefined }>((resolve) => {
    const headers = { authorization: `Bearer ${token}`, 'mcp-session-id': 'any' }
    httpRequest(url, { method: 'TRACE', headers }, (response) => {
      response.resume()
      resolve({ status: response.statusCode, allow: response.headers.allow })
    }).end()
  })
  expect(answer).toEqual({ status: 405, allow: 'GET, POST, DELETE' })
})

test('a connection that cannot be taken ends nothing', async () => {
  const server = createServer((_, response) => response.end('here'))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = await listening(server, '127.0.0.1', 0, 'the proxy')
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  server.emit('error', new Error('accept EMFILE'))
  server.emit('error', new Error('accept EMFILE'))
  expect((await warned).message).toBe('the proxy cannot take a connection (accept EMFILE)')
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('here')
})
