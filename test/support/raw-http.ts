import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { listen } from './listen.ts'

const requestSchema = z.object({ id: z.union([z.string(), z.number()]).optional(), method: z.string() })

type Handler = (response: ServerResponse, id: string | number | undefined, request: IncomingMessage) => void

/** An MCP server in bare HTTP, for what the SDK never does. One tool, `act`; `handlers` replace answers by method. */
export class RawServer {
  readonly handlers = new Map<string, Handler>()
  /** Methods as they came, GET and DELETE included. */
  readonly received: string[] = []
  tools: unknown[] = [{ name: 'act', inputSchema: { type: 'object' } }]
  /** The session id that it gives; none if undefined. */
  session: string | undefined = 'session-1'
  /** Whether a connection may serve another request. */
  keepsAlive = true
  #port = 0
  readonly #http = createServer((request, response) => void this.#serve(request, response))

  static async start(): Promise<RawServer> {
    const server = new RawServer()
    server.#port = (await listen(server.#http)).port
    onTestFinished(() => server.stop())
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/mcp`
  }

  count(method: string): number {
    return this.received.filter((one) => one === method).length
  }

  stop(): void {
    this.#http.close()
    this.#http.closeAllConnections()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const body = Buffer.concat(chunks).toString('utf8')
    const { id, method } =
      body === '' ? { id: undefined, method: request.method ?? '' } : requestSchema.parse(JSON.parse(body))
    this.received.push(method)
    if (!this.keepsAlive) response.setHeader('connection', 'close')
    const handler = this.handlers.get(method)
    if (handler) handler(response, id, request)
    else this.answer(response, id, method)
  }

  /** As a server without faults does. */
  answer(response: ServerResponse, id: string | number | undefined, method: string): void {
    if (method === 'GET') response.writeHead(405).end()
    else if (method === 'initialize') {
      const session = this.session === undefined ? {} : { 'mcp-session-id': this.session }
      const serverInfo = { name: 'raw', version: '1' }
      const result = { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo }
      json(response, { jsonrpc: '2.0', id, result }, session)
    } else if (method === 'tools/list') json(response, { jsonrpc: '2.0', id, result: { tools: this.tools } })
    else if (method === 'tools/call') json(response, resultOf(id))
    else if (id !== undefined) json(response, { jsonrpc: '2.0', id, result: {} })
    else response.writeHead(202).end()
  }
}

export function resultOf(id: string | number | undefined, text = 'done') {
  return { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } }
}

export function json(response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** An answer stream with one comment in it and no answer yet. */
export function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(': working\n\n')
}
