/**
 * A server on the first SDK: over stdio or, with `--http`, Streamable HTTP (its port is its only output). What its tools see
 * goes to the file `--notes`, one JSON object a line.
 */
import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { z } from 'zod'

const { values: options } = parseArgs({ options: { http: { type: 'boolean' }, notes: { type: 'string' } } })
const note = (what) => appendFileSync(options.notes, `${JSON.stringify(what)}\n`)
const text = (value) => ({ content: [{ type: 'text', text: JSON.stringify(value) }] })

const link = { type: 'resource_link', name: 'menu', uri: 'file:///menu', description: 'Of today' }
const image = { type: 'image', mimeType: 'image/png', data: 'AAAA' }
const resource = { uri: 'file:///soups', mimeType: 'text/plain', text: 'tomato' }
const content = [{ type: 'text', text: 'here' }, link, image, { type: 'resource', resource }]

const form = (message) => ({
  mode: 'form',
  message,
  requestedSchema: { type: 'object', properties: { seat: { type: 'string' } }, required: ['seat'] },
})

function createMcp() {
  const mcp = new McpServer({ name: 'v1', version: '1.0.0' }, { capabilities: { logging: {} } })
  const { server } = mcp

  mcp.registerTool('show', { title: 'Show all', inputSchema: {} }, () => ({ content }))
  mcp.registerTool('slow', { inputSchema: {} }, async (_, { signal, _meta, sendNotification }) => {
    const progressToken = _meta?.progressToken
    const params = { progressToken, progress: 1, total: 2, message: 'half of it' }
    await sendNotification({ method: 'notifications/progress', params })
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    note('cancelled')
    return text('late')
  })
  mcp.registerTool('log', { inputSchema: { count: z.number() } }, async ({ count }, { sendNotification }) => {
    for (let index = 1; index <= count; index++) {
      const params = { level: 'warning', logger: 'disk', data: { free: index } }
      await sendNotification({ method: 'notifications/message', params })
    }
    return text('logged')
  })
  mcp.registerTool('log_quietly', { inputSchema: {} }, async (_, { sessionId }) => {
    await mcp.sendLoggingMessage({ level: 'debug', data: 'a detail' }, sessionId)
    await mcp.sendLoggingMessage({ level: 'error', data: 'a fault' }, sessionId)
    return text('logged')
  })
  const asking = (name, ask) =>
    mcp.registerTool(name, { inputSchema: {} }, async (_, { sendRequest, signal }) => {
      const send = (method, params) => sendRequest({ method, params }, z.looseObject({}), { signal })
      return text(await ask((params) => send('elicitation/create', params), send))
    })
  asking('ask', async (elicit) => ({ seat: await elicit(form('Which seat?')) }))
  asking('ask_page', async (elicit) => {
    const url = 'https://example.org/sign-in'
    return { page: await elicit({ mode: 'url', message: 'Sign in.', url, elicitationId: randomUUID() }) }
  })
  asking('ask_twice', async (elicit) => {
    const [there, back] = await Promise.all([elicit(form('There?')), elicit(form('Back?'))])
    return { there, back }
  })
  asking('ask_model', async (_, send) => send('sampling/createMessage', { messages: [], maxTokens: 1 }))
  asking('ask_roots', async () => server.listRoots())
  return mcp
}

if (options.http) {
  const sessions = new Map()
  const http = createServer(async (request, response) => {
    const known = sessions.get(request.headers['mcp-session-id'])
    if (known) return known.handleRequest(request, response)
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => sessions.set(id, transport),
    })
    await createMcp().connect(transport)
    await transport.handleRequest(request, response)
  })
  http.listen(0, '127.0.0.1', () => process.stdout.write(`${http.address().port}\n`))
  process.once('disconnect', () => process.exit())
} else {
  await createMcp().connect(new StdioServerTransport())
}
