/**
 * The same as `v1-server.mjs` on the second SDK, which speaks MCP 2026-07-28 alone here.
 */
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import { createMcpHandler, fromJsonSchema, inputRequired, McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'

const { values: options } = parseArgs({ options: { http: { type: 'boolean' }, notes: { type: 'string' } } })
const note = (what) => appendFileSync(options.notes, `${JSON.stringify(what)}\n`)
const text = (value) => ({ content: [{ type: 'text', text: JSON.stringify(value) }] })
const inputSchema = fromJsonSchema({ type: 'object', properties: { count: { type: 'integer' } } })

const link = { type: 'resource_link', name: 'menu', uri: 'file:///menu', description: 'Of today' }
const image = { type: 'image', mimeType: 'image/png', data: 'AAAA' }
const resource = { uri: 'file:///soups', mimeType: 'text/plain', text: 'tomato' }
const content = [{ type: 'text', text: 'here' }, link, image, { type: 'resource', resource }]

const form = (message) =>
  inputRequired.elicit({
    message,
    requestedSchema: { type: 'object', properties: { seat: { type: 'string' } }, required: ['seat'] },
  })

function createMcp() {
  const server = new McpServer({ name: 'v2', version: '1.0.0' }, { capabilities: { logging: {} } })

  server.registerTool('show', { title: 'Show all', inputSchema }, () => ({ content }))
  const outputSchema = fromJsonSchema({ type: 'array', items: { type: 'integer' } })
  server.registerTool('list', { inputSchema, outputSchema }, ({ count }) => ({
    content: [],
    structuredContent: Array.from({ length: count }, (_, index) => index),
  }))
  server.registerTool('slow', { inputSchema }, async (_, { mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken
    const params = { progressToken, progress: 1, total: 2, message: 'half of it' }
    await mcpReq.notify({ method: 'notifications/progress', params })
    await new Promise((resolve) => mcpReq.signal.addEventListener('abort', resolve))
    note('cancelled')
    return text('late')
  })
  server.registerTool('log', { inputSchema }, async ({ count }, { mcpReq }) => {
    for (let index = 1; index <= count; index++) await mcpReq.log('warning', { free: index }, 'disk')
    return text('logged')
  })
  server.registerTool('log_quietly', { inputSchema }, async (_, { mcpReq }) => {
    await mcpReq.log('debug', 'a detail')
    await mcpReq.log('error', 'a fault')
    return text('logged')
  })
  const asking = (name, inputRequests) =>
    server.registerTool(name, { inputSchema }, (_, { mcpReq }) => {
      if (mcpReq.inputResponses) return text(mcpReq.inputResponses)
      return inputRequired({ inputRequests, requestState: name })
    })
  asking('ask', { seat: form('Which seat?') })
  asking('ask_page', {
    page: inputRequired.elicitUrl({ message: 'Sign in.', url: 'https://example.org/sign-in' }),
  })
  asking('ask_twice', { there: form('There?'), back: form('Back?') })
  asking('ask_model', { model: inputRequired.createMessage({ messages: [], maxTokens: 1 }) })
  asking('ask_roots', { roots: inputRequired.listRoots() })
  return server
}

if (options.http) {
  const handler = createMcpHandler(createMcp, { legacy: 'reject' })
  const http = createServer(async (request, response) => {
    const over = new AbortController()
    response.on('close', () => over.abort())
    const body = request.method === 'POST' ? { body: Readable.toWeb(request), duplex: 'half' } : {}
    const { method, headers } = request
    const url = `http://${headers.host}${request.url}`
    const answer = await handler.fetch(new Request(url, { method, headers, ...body, signal: over.signal }))
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).flushHeaders()
    if (!answer.body) return response.end()
    Readable.fromWeb(answer.body)
      .on('error', () => response.destroy())
      .pipe(response)
  })
  http.listen(0, '127.0.0.1', () => process.stdout.write(`${http.address().port}\n`))
  process.once('disconnect', () => process.exit())
} else {
  serveStdio(createMcp, { legacy: 'reject' })
}
