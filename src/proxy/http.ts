import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../contract/errors.ts'
import { OwnAddress } from '../http/admission.ts'
import { readBody } from '../http/json-body.ts'
import { listening } from '../http/listening.ts'
import type { Switchboard } from '../switchboard.ts'
import { Clients, type ProxyClient } from './client.ts'
import { healthAt } from './health.ts'
import { Sessions } from './sessions.ts'

const host = '127.0.0.1'
const path = '/mcp'
const methods = ['GET', 'POST', 'DELETE']
const sessionHeader = 'mcp-session-id'
/** As the SDK takes at most. */
const maxBodyBytes = 4_000_000
/** Longer than the pause between two heartbeats of a client of ours: a connection is made once. */
const keepAliveTimeoutMs = 60_000
/** Of an answer, what its client has not read. One who leaves more of it is dropped: nothing piles up here for it. */
const maxUnreadBytes = 16_000_000
const headersTimeoutMs = 4_000
const requestTimeoutMs = 30_000
/** For clients to read how their calls end when the proxy does. */
const graceMs = 1_000
const defaultIdleMs = 600_000

const tokenMissing = 'Send the token of this proxy as "Authorization: Bearer TOKEN".'
const tokenWrong =
  'What stands in "Authorization" is no token of this proxy; send "Bearer TOKEN" with one that it has now.'

/** JSON-RPC: of the proxy itself, and of a session that is not there (as the SDK answers). */
const refused = -32_000
const noSession = -32_001

export interface ProxyHttpOptions {
  /** Who may use it, by name. */
  clients: Readonly<Record<string, ProxyClient>>
  /** Default: any free one. */
  port?: number
  /** How long a session lives in which nothing is open. Default: 600,000. */
  sessionIdleMs?: number
}

export interface ProxyHttp {
  /** Where its clients reach it, on this machine only. */
  url: string
  port: number
  /** Cancels what runs, tells each client how its calls ended, for a second at most, and ends every session. The switchboard is the caller's to stop. */
  close(): Promise<void>
}

/**
 * Offers a switchboard as one MCP server over Streamable HTTP (MCP 2025-11-25, "Transports") on loopback.
 * @throws SwitchboardError `port_in_use`, `wrong_form` for clients that cannot be told apart
 */
export async function serveProxyHttp(
  switchboard: Switchboard,
  { clients: named, port: wantedPort = 0, sessionIdleMs = defaultIdleMs }: ProxyHttpOptions,
): Promise<ProxyHttp> {
  const clients = new Clients(named)
  const sessions = new Sessions(switchboard, sessionIdleMs)
  const server = createServer({
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
  })
  const { port } = await listening(server, host, wantedPort, 'the proxy')
  const address = new OwnAddress(host, port)
  const url = `http://${host}:${port}${path}`
  /** Of what was asked, unlike the streams on which clients listen. */
  const unanswered = new Set<ServerResponse>()
  let isEnding = false

  server.on('request', (request, response) => {
    answer(request, response).catch((error) => fail(response, error))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const { headers, method = '' } = request
    if (!address.isAsked(headers)) return refuse(response, 403, 'This address is not for you.')
    const health = method === 'GET' ? healthAt(request.url, switchboard, isEnding) : undefined
    if (health) return reply(response, health.status, health.body)
    if (request.url !== path) return refuse(response, 404, `There is ${path} only.`)
    if (!methods.includes(method)) {
      response.setHeader('Allow', methods.join(', '))
      return refuse(response, 405, `${method} means nothing here.`)
    }
    const client = clients.admit(headers.authorization)
    if (!client) {
      response.setHeader('WWW-Authenticate', 'Bearer')
      return refuse(response, 401, headers.authorization === undefined ? tokenMissing : tokenWrong)
    }
    if (method === 'POST') {
      unanswered.add(response)
      response.once('close', () => unanswered.delete(response))
    }
    const session = headers[sessionHeader]
    if (Array.isArray(session)) return refuse(response, 400, `${sessionHeader} stands there twice.`)
    if (session === undefined) {
      if (method !== 'POST') return refuse(response, 400, `${sessionHeader} is missing; initialize first.`)
      if (isEnding) return refuse(response, 503, 'The proxy is ending.')
    }
    const body = method === 'POST' ? await readBody(request, maxBodyBytes) : { value: undefined }
    if ('status' in body) return refuse(response, body.status, body.message)
    const asked = { method, url, headers, body: body.value, gone: gone.signal }
    const answer =
      session === undefined ? sessions.begin(client, asked) : sessions.goOn(client, session, asked)
    if (answer) return deliver(await answer, response)
    if (session === undefined) refuse(response, 503, 'This client has too many sessions open; end some.')
    else refuse(response, 404, 'Session not found', noSession)
  }

  async function allAnswered(): Promise<void> {
    await sessions.endCalls()
    await Promise.allSettled([...unanswered].map((response) => once(response, 'close')))
  }

  return {
    url,
    port,
    close: async () => {
      isEnding = true
      await Promise.race([allAnswered(), delay(graceMs, undefined, { ref: false })])
      // Not before: it cuts off whoever has not read the end of an answer.
      const closed = new Promise((resolve) => server.close(resolve))
      await sessions.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function deliver({ status, headers, body }: Response, response: ServerResponse): Promise<void> {
  response.writeHead(status, Object.fromEntries(headers))
  response.flushHeaders()
  if (body === null) return void response.end()
  const reader = body.getReader()
  // Who has gone gets nothing: the stream is given up.
  response.once('close', () => void reader.cancel().catch(() => {}))
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (response.writableLength > maxUnreadBytes) return void response.destroy()
    response.write(part.value)
  }
  response.end()
}

function refuse(response: ServerResponse, status: number, message: string, code = refused): void {
  reply(response, status, { jsonrpc: '2.0', error: { code, message }, id: null })
}

function reply(response: ServerResponse, status: number, body: object): void {
  const isRead = response.req.complete || response.req.method === 'GET'
  response.writeHead(status, {
    'Content-Type': 'application/json',
    ...(isRead ? {} : { Connection: 'close' }),
  })
  response.end(JSON.stringify(body))
}

/** A bug of ours, unless the client has gone before it had told what it wants. */
function fail(response: ServerResponse, error: unknown): void {
  if (!response.req.complete) return void response.destroy()
  process.emitWarning(`a request of the proxy failed: ${messageOf(error)}`, 'SwitchboardWarning')
  if (response.headersSent) response.destroy()
  else refuse(response, 500, 'This request failed; the process of the proxy has a warning that says why.')
}
