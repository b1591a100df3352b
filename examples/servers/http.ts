import { randomUUID } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { Access, metadataPath } from './access.ts'

/** Clients rarely end their sessions; beyond this many, the one unused for longest goes. */
const maxSessions = 256

/**
 * Streamable HTTP on 127.0.0.1 with sessions; with an `issuer` for those who have a token of it. Resolves with the URL; rejects with
 * the error of `listen`.
 */
export function listen(options: {
  createServer: () => McpServer
  port: number
  issuer?: string | undefined
}): Promise<string> {
  const access = options.issuer === undefined ? undefined : new Access(options.issuer)
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const httpServer = createHttpServer((request, response) => {
    handle(request, response).catch(() => {
      if (response.headersSent) response.destroy()
      else refuse(response, 500, -32603, 'Internal error')
    })
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const port = request.socket.localPort
    const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
    if (!hosts.includes(request.headers.host ?? ''))
      return refuse(response, 403, -32000, 'Foreign Host header')
    const { origin } = request.headers
    if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`))
      return refuse(response, 403, -32000, 'Foreign Origin header')
    const path = request.url?.split('?')[0]
    const ownOrigin = `http://127.0.0.1:${port}`
    if (access && path === metadataPath) return access.showMetadata(response, ownOrigin)
    if (path !== '/mcp') return refuse(response, 404, -32000, 'Not found: use /mcp')

    const challenge = await access?.challenge(request, ownOrigin)
    if (challenge !== undefined) {
      response.setHeader('www-authenticate', challenge)
      return refuse(response, 401, -32001, 'Sign in first')
    }

    const sessionId = request.headers['mcp-session-id']
    if (sessionId === undefined) return openSession(request, response)
    const transport = typeof sessionId === 'string' ? sessions.get(sessionId) : undefined
    if (typeof sessionId !== 'string' || transport === undefined)
      return refuse(response, 404, -32001, 'Session not found')
    sessions.delete(sessionId)
    sessions.set(sessionId, transport)
    await transport.handleRequest(request, response)
  }

  async function openSession(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => {
        sessions.set(id, transport)
        const [longestUnused] = sessions.entries()
        if (sessions.size > maxSessions && longestUnused) {
          sessions.delete(longestUnused[0])
          void longestUnused[1].close()
        }
      },
    })
    transport.onclose = () => {
      if (transport.sessionId !== undefined) sessions.delete(transport.sessionId)
    }
    // The SDK's class does not satisfy its own interface under exactOptionalPropertyTypes.
    await options.createServer().connect(transport as Transport)
    await transport.handleRequest(request, response)
    if (transport.sessionId === undefined) await transport.close()
  }

  return new Promise((resolve, reject) => {
    httpServer.once('error', reject)
    httpServer.listen(options.port, '127.0.0.1', () => {
      const address = httpServer.address()
      const port = typeof address === 'object' && address !== null ? address.port : options.port
      resolve(`http://127.0.0.1:${port}/mcp`)
    })
  })
}

function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id: null }))
}
