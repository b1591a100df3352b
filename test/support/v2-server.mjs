/**
 * A server on the second SDK with the tool `echo`, over stdio or, with `--http`, Streamable HTTP (its port is its only
 * output). It speaks both eras; with `--modern`, MCP 2026-07-28 alone. It ends with its input.
 */
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createMcpHandler, fromJsonSchema, McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'

const { values: options } = parseArgs({
  options: { http: { type: 'boolean' }, modern: { type: 'boolean' } },
})

const inputSchema = fromJsonSchema({
  type: 'object',
  properties: { message: { type: 'string' }, takesMs: { type: 'integer' } },
  required: ['message'],
})

function createMcp() {
  const mcp = new McpServer({ name: 'v2', version: '1.0.0' })
  mcp.registerTool('echo', { inputSchema }, async ({ message, takesMs }) => {
    if (takesMs !== undefined) await pause(takesMs)
    return { content: [{ type: 'text', text: `Echo: ${message}` }] }
  })
  return mcp
}

if (options.http) serveHttp()
else serveStdio(createMcp, { legacy: options.modern ? 'reject' : 'serve' })

function serveHttp() {
  const handler = createMcpHandler(createMcp, { legacy: options.modern ? 'reject' : 'stateless' })
  const http = createServer(async (request, response) => {
    const over = new AbortController()
    response.on('close', () => over.abort())
    const { method, headers, url } = request
    const body = method === 'POST' ? { body: Readable.toWeb(request), duplex: 'half' } : {}
    const asked = new Request(`http://${headers.host}${url}`, {
      ...{ method, headers, ...body, signal: over.signal },
    })
    const answer = await handler.fetch(asked)
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).flushHeaders()
    if (!answer.body) return response.end()
    const events = Readable.fromWeb(answer.body)
    events.on('error', () => response.destroy()).pipe(response)
  })
  http.listen(0, '127.0.0.1', () => process.stdout.write(`${http.address().port}\n`))
  process.stdin.on('end', () => process.exit()).resume()
}
