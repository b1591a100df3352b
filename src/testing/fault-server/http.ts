import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { JsonObject } from '../../contract/protocol.ts'
import { listening } from '../../http/listening.ts'
import { half, type McpParts, McpSession, type Message, messageSchema, type Reply } from './mcp.ts'
import { Gate, type Wire } from './wire.ts'

const host = '127.0.0.1'
const path = '/mcp'
const streamHeaders = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }
const sessionHeader = 'mcp-session-id'

/** A server with Streamable HTTP (MCP 2025-11-25, "Transports") on loopback, in the process of the test. */
export async function serveHttp(parts: McpParts): Promise<Wire> {
  const wire = new HttpWire(parts)
  await wire.listen()
  return wire
}

class HttpWire implements Wire {
  readonly #sessions = new Map<string, McpSession>()
  readonly #gate = new Gate()
  readonly #sockets = new Set<{ resetAndDestroy(): unknown }>()
  #server: Server | undefined
  #port = 0

  constructor(private readonly parts: McpParts) {}

  get entry(): JsonObject {
    return { type: 'http', url: `http://${host}:${this.#port}${path}` }
  }

  /** On the port of before, if there was one. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response))
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
    })
    this.#server = server
    const { port } = await listening(server, host, this.#port, 'the fault server')
    this.#port = port
    // A test that ends without `close()` is not held up.
    server.unref()
  }

  async kill(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = undefined
    const closed = once(server, 'close')
    server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    for (const session of this.#sessions.values()) session.end()
    this.#sessions.clear()
    this.#gate.open()
    await closed
  }

  async restart(): Promise<void> {
    await this.kill()
    // Somebody else may have done so meanwhile.
    if (!this.#server) await this.listen()
  }

  freeze(): void {
    this.#gate.shut()
  }

  thaw(): void {
    this.#gate.open()
  }

  close(): Promise<void> {
    return this.kill()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {})
    const body = await bodyOf(request)
    await this.#gate.passed()
    if (body === undefined || response.destroyed) return
    if (request.url !== path) return refuse(response, 404)
    if (request.method === 'POST') return this.#post(request, response, body)
    const id = sessionOf(request)
    const session = this.#sessions.get(id)
    if (!session) return refuse(response, 404, 'Session not found')
    if (request.method === 'GET') {
      // Nothing is told on it; that it ends is how clients notice an idle server's death.
      response.writeHead(200, streamHeaders).flushHeaders()
      return
    }
    session.end()
    this.#sessions.delete(id)
    response.writeHead(200).end()
  }

  async #post(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    const { data: message } = messageSchema.safeParse(body)
    if (!message) return refuse(response, 400, 'Not a JSON-RPC message')
    const isFirst = message.method === 'initialize'
    const session = isFirst ? new McpSession(this.parts) : this.#sessions.get(sessionOf(request))
    if (!session) return refuse(response, 404, 'Session not found')
    const { id, method } = message
    if (id === undefined || method === undefined) {
      session.hear(message)
      response.writeHead(202).end()
      return
    }
    const notify = (notification: JsonObject) => {
      if (this.#gate.isOpen) writeEvent(response, notification)
    }
    const server = this.#server
    const reply = await session.reply(id, message, notify)
    // What was killed meanwhile answers nothing, and neither dies nor restarts once more.
    if (this.#server !== server) return
    if (isFirst && reply.fault?.kind !== 'status') {
      const name = randomUUID()
      this.#sessions.set(name, session)
      response.setHeader(sessionHeader, name)
    }
    await this.#answer(response, message, reply)
  }

  async #answer(
    response: ServerResponse,
    { method }: Message,
    { answer, fault, finish }: Reply,
  ): Promise<void> {
    switch (fault?.kind) {
      case 'die':
        return this.kill()
      case 'restart':
        return this.restart()
      case 'hang':
        return
      case 'freeze':
        return this.freeze()
      case 'cut':
        beginStream(response)
        response.write(`data: ${half(answer)}`, () => response.socket?.resetAndDestroy())
        return
      case 'garble':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>')
        return
      case 'status':
        response.writeHead(fault.status, fault.headers).end(fault.body)
        return
      case 'slow':
        await delay(fault.delayMs, undefined, { ref: false })
    }
    await this.#gate.passed()
    if (!finish()) response.end()
    else if (method === 'tools/call') {
      writeEvent(response, answer)
      response.end()
    } else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }
}

function beginStream(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(200, streamHeaders)
}

function writeEvent(response: ServerResponse, message: JsonObject): void {
  beginStream(response)
  response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`)
}

function refuse(response: ServerResponse, status: number, message = 'Not found'): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ jsonrpc: '2.0', error: { code: -32001, message }, id: null }))
}

function sessionOf(request: IncomingMessage): string {
  const header = request.headers[sessionHeader]
  return typeof header === 'string' ? header : ''
}

/** Nothing of a request whose client went away. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    return chunks.length === 0 ? null : JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    return undefined
  }
}
