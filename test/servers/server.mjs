/**
 * A real MCP server on the official SDK, over stdio or, with `--http PORT`, Streamable HTTP (0: any port; the journal says
 * which). What it does wrong is said by its arguments.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { createNotes, fileAppears } from './notes.mjs'
import { malformedTools, standardTools } from './tools.mjs'

const { values: options } = parseArgs({
  options: {
    directory: { type: 'string' },
    http: { type: 'string' },
    /** Only these of the standard tools, separated by commas. */
    only: { type: 'string' },
    /** Token tools under these names besides. */
    named: { type: 'string', multiple: true, default: [] },
    /** Tools listed on a page; default: all. */
    page: { type: 'string' },
    malformed: { type: 'boolean' },
    'hang-initialize': { type: 'boolean' },
    /** The same, as long as this file is absent. */
    'hang-until': { type: 'string' },
    /** Only the first process lives. */
    'dies-again': { type: 'boolean' },
    'ignore-end': { type: 'boolean' },
    child: { type: 'boolean' },
    /** Writes this to stderr and exits with code 7. */
    'exit-with': { type: 'string' },
  },
})

const directory = options.directory
const { ledger, journal } = createNotes(directory)
const journalFile = join(directory, 'journal.jsonl')
const isFirst = !existsSync(journalFile) || !readFileSync(journalFile, 'utf8').includes('"started"')
journal({ event: 'started' })

if (options['exit-with'] !== undefined) {
  process.stderr.write(`${options['exit-with']}\n`, () => process.exit(7))
}

if (options['dies-again'] && !isFirst) process.exit(1)

if (options['ignore-end']) {
  process.on('SIGTERM', () => journal({ event: 'SIGTERM' }))
  setInterval(() => {}, 1 << 30)
} else {
  process.stdin.on('end', () => process.exit(0))
}

if (options.child) {
  const script = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1 << 30)"
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'inherit', 'inherit'] })
  journal({ event: 'child', child: child.pid })
}

const names = options.only?.split(',') ?? Object.keys(standardTools)
const tools = names.map((name) => ({ name, description: `The tool ${name}`, ...standardTools[name] }))
for (const name of options.named) tools.push({ name, description: 'Named', ...standardTools.token })
const servers = new Set()

/** One server a session. */
function createMcpServer() {
  const server = new Server(
    { name: 'test', version: '1.0.0' },
    { capabilities: { tools: { listChanged: true } } },
  )
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
    const from = Number(params?.cursor ?? 0)
    const all = [...tools.map(({ run, ...listed }) => listed), ...(options.malformed ? malformedTools : [])]
    const to = from + Number(options.page ?? all.length)
    return { tools: all.slice(from, to), ...(to < all.length ? { nextCursor: String(to) } : {}) }
  })
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const { name, arguments: args = {}, _meta } = params
    const callId = _meta?.['switchboard/callId']
    extra.signal.addEventListener('abort', () => journal({ event: 'cancelled', tool: name, callId }))
    ledger({ event: 'start', tool: name, callId, arguments: args, pid: process.pid })
    const notify = (notification) => extra.sendNotification(notification)
    const result = await tools
      .find((tool) => tool.name === name)
      .run(args, {
        directory,
        process: process.pid,
        isFirst,
        note: (note) => ledger({ event: 'note', tool: name, ...note }),
        progress: (done, total) =>
          notify({
            method: 'notifications/progress',
            params: { progressToken: _meta?.progressToken, progress: done, total, message: `step ${done}` },
          }),
        change: async (tool, where) => {
          tools.push({ description: '', ...tool, run: standardTools.token.run })
          if (where === 'answer') await notify({ method: 'notifications/tools/list_changed' })
          else await server.sendToolListChanged()
        },
      })
    ledger({ event: 'finish', tool: name, callId })
    return result
  })
  servers.add(server)
  return server
}

function isHung() {
  const file = options['hang-until']
  return options['hang-initialize'] || (file !== undefined && !existsSync(join(directory, file)))
}

async function serveStdio() {
  if (isHung()) {
    journal({ event: 'hangs' })
    if (options['hang-initialize']) process.stdin.resume()
    await fileAppears(directory, options['hang-until'] ?? 'never')
  }
  await createMcpServer().connect(new StdioServerTransport())
}

async function serveHttp(port) {
  const { StreamableHTTPServerTransport } = await import('@modelcontextprotocol/sdk/server/streamableHttp.js')
  const sessions = new Map()
  const http = createServer(async (request, response) => {
    if (isHung()) return
    const id = request.headers['mcp-session-id']
    const known = sessions.get(id)
    if (known) return known.handleRequest(request, response)
    if (id !== undefined) {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end('{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}')
      return
    }
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (session) => {
        journal({ event: 'session', session })
        sessions.set(session, transport)
      },
      onsessionclosed: (session) => journal({ event: 'session.closed', session }),
    })
    await createMcpServer().connect(transport)
    await transport.handleRequest(request, response)
  })
  http.listen(port, '127.0.0.1', () => journal({ event: 'listening', port: http.address().port }))
}

if (options.http !== undefined) await serveHttp(Number(options.http))
else if (options['exit-with'] === undefined) await serveStdio()
