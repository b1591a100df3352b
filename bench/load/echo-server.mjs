/**
 * A server with the tool `echo`, as quick as its SDK lets it be: the first SDK for `--era 2025-11-25`, the second for
 * 2026-07-28, over stdio or, with `--http`, Streamable HTTP on any path (its port is its only output; `--port` chooses it).
 * `--tools` says how many tools it lists. It ends with its input.
 */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const { values: options } = parseArgs({
  options: {
    era: { type: 'string' },
    http: { type: 'boolean' },
    port: { type: 'string', default: '0' },
    tools: { type: 'string', default: '1' },
  },
})
const identity = { name: 'echo', version: '1.0.0' }
const capabilities = { capabilities: { tools: {} } }
const inputSchema = {
  type: 'object',
  properties: {
    message: { type: 'string', description: 'What is to be said again.' },
    takesMs: { type: 'integer', description: 'How long that takes, in milliseconds.' },
  },
  required: ['message'],
}
const tools = Array.from({ length: Number(options.tools) }, (_, n) => ({
  name: n === 0 ? 'echo' : `echo_${n}`,
  description: 'Says the same again. Use it where the caller wants to hear what was said.',
  inputSchema,
}))

if (options.era === '2026-07-28') await serveModern()
else await serveLegacy()

async function echo({ message, takesMs }) {
  if (takesMs !== undefined) await pause(takesMs)
  return { content: [{ type: 'text', text: message }] }
}

async function serveLegacy() {
  const { Server } = await import('@modelcontextprotocol/sdk/server/index.js')
  const { CallToolRequestSchema, ListToolsRequestSchema } = await import('@modelcontextprotocol/sdk/types.js')
  const create = () => {
    const server = new Server(identity, capabilities)
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }))
    server.setRequestHandler(CallToolRequestSchema, ({ params }) => echo(params.arguments))
    return server
  }
  if (!options.http) {
    const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js')
    await create().connect(new StdioServerTransport())
    return
  }
  const { StreamableHTTPServerTransport } = await import('@modelcontextprotocol/sdk/server/streamableHttp.js')
  const sessions = new Map()
  listen(async (request, response, body) => {
    const id = request.headers['mcp-session-id']
    let transport = sessions.get(id)
    if (!transport && id === undefined) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        enableJsonResponse: true,
        onsessioninitialized: (created) => sessions.set(created, transport),
      })
      await create().connect(transport)
    }
    if (transport) await transport.handleRequest(request, response, body)
    else response.writeHead(404).end()
  })
}

async function serveModern() {
  const { createMcpHandler, Server } = await import('@modelcontextprotocol/server')
  const create = () => {
    const server = new Server(identity, capabilities)
    server.setRequestHandler('tools/list', () => ({ tools }))
    server.setRequestHandler('tools/call', ({ params }) => echo(params.arguments))
    return server
  }
  if (!options.http) {
    const { serveStdio } = await import('@modelcontextprotocol/server/stdio')
    serveStdio(create, { legacy: 'reject' })
    return
  }
  const handler = createMcpHandler(create, { legacy: 'reject' })
  listen(async (request, response, body) => {
    const over = new AbortController()
    response.on('close', () => over.abort())
    const { method, headers, url } = request
    const asked = new Request(`http://${headers.host}${url}`, { method, headers, signal: over.signal })
    const answer = await handler.fetch(asked, { parsedBody: body })
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream')
    if (!isStream) return response.end(new Uint8Array(await answer.arrayBuffer()))
    response.flushHeaders()
    for await (const part of answer.body) response.write(part)
    response.end()
  })
}

function listen(answer) {
  const http = createServer(async (request, response) => {
    const parts = []
    for await (const part of request) parts.push(part)
    const text = Buffer.concat(parts).toString()
    try {
      await answer(request, response, text === '' ? undefined : JSON.parse(text))
    } catch (error) {
      // A client that went away ends its stream.
      if (response.destroyed) return
      throw error
    }
  })
  http.listen(Number(options.port), '127.0.0.1', () => process.stdout.write(`${http.address().port}\n`))
  process.stdin.on('end', () => process.exit()).resume()
}
