import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { createServer, type Server } from 'node:net'
import { json } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { open, openReady } from '../support/opened.ts'
import { until } from '../support/until.ts'

const everything = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/dist/index.js',
)

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await portOf(server)
  server.close()
  return port
}

/** The reference server over HTTP+SSE, which it has beside Streamable HTTP for old clients. */
async function startSse(port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [everything, 'sse'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PORT: String(port) },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  await until(() => said.includes('port'), 'it listens', 20_000)
  return child
}

test('a server that has HTTP+SSE only is found, fails at once when it dies in a call, and comes back', async () => {
  const port = await freePort()
  const first = await startSse(port)
  const opened = await openReady({ old: { url: `http://127.0.0.1:${port}/sse` } })
  const { switchboard } = opened
  expect(await switchboard.call('echo', { message: 'hello' })).toMatchObject({
    ok: true,
    text: 'Echo: hello',
  })

  const steps: number[] = []
  const long = switchboard.call(
    'trigger-long-running-operation',
    { duration: 600, steps: 600 },
    {
      timeoutMs: 600_000,
      onProgress: ({ progress }) => {
        steps.push(progress)
        first.kill('SIGKILL')
      },
    },
  )
  expect(await long).toMatchObject({ ok: false, error: { code: 'connection_lost', effect: 'unknown' } })
  expect(steps.length).toBeGreaterThan(0)
  await opened.untilState('old', 'reconnecting')

  await startSse(port)
  const { peer } = await opened.untilState('old', 'ready')
  expect(peer).toMatchObject({
    ...{ name: 'mcp-servers/everything', protocolVersion: '2025-11-25' },
    transport: 'HTTP+SSE',
  })
  expect(await switchboard.call('echo', { message: 'again' })).toMatchObject({
    ok: true,
    text: 'Echo: again',
  })
})

test('an address where there is no MCP at all is told by what it answered first', async () => {
  const asked: string[] = []
  const http = createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(404).end('no such page')
  })
  onTestFinished(() => void http.close())
  const opened = open({ none: { url: `http://127.0.0.1:${await portOf(http)}/mcp` } })
  const { lastError } = await opened.untilState('none', 'reconnecting')
  expect(lastError).toContain('no such page')
  expect(asked.slice(0, 3)).toEqual(['POST /mcp', 'POST /mcp', 'GET /mcp'])
})

const requestSchema = z.object({ id: z.union([z.number(), z.string()]).optional(), method: z.string() })

test('a server that goes over from HTTP+SSE to Streamable HTTP is found again', async () => {
  let events: ServerResponse | undefined
  let isNew = false
  const http = createHttpServer(async (request, response) => {
    if (request.method === 'GET' && !isNew) {
      events = response.writeHead(200, { 'content-type': 'text/event-stream' })
      return events.write('event: endpoint\ndata: /message\n\n')
    }
    if (request.method !== 'POST' || (request.url === '/mcp') !== isNew) return response.writeHead(405).end()
    const { id, method } = requestSchema.parse(await json(request))
    if (id === undefined) return response.writeHead(202).end()
    if (method === 'server/discover') return response.writeHead(404).end()
    const serverInfo = { name: isNew ? 'new' : 'old', version: '1' }
    const handshake = { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo }
    const result = method === 'initialize' ? handshake : { tools: [] }
    const answer = JSON.stringify({ jsonrpc: '2.0', id, result })
    if (isNew) return response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
    response.writeHead(202).end()
    events?.write(`data: ${answer}\n\n`)
  })
  onTestFinished(() => http.closeAllConnections())
  onTestFinished(() => void http.close())
  const opened = await openReady({ it: { url: `http://127.0.0.1:${await portOf(http)}/mcp` } })
  expect(opened.server('it').peer?.name).toBe('old')
  isNew = true
  events?.destroy()
  await opened.untilState('it', 'reconnecting')
  const { peer } = await opened.untilState('it', 'ready')
  expect(peer?.name).toBe('new')
})
