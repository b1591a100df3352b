import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { messageOf, SwitchboardError } from '../../contract/errors.ts'
import { readBody } from '../../http/json-body.ts'
import { listening } from '../../http/listening.ts'
import { documentReply } from './document.ts'
import { fileAt } from './files.ts'
import { addressOf, Gate } from './gate.ts'
import { isOfRegistry, isSignInReturn, type RequestHandler } from './registry.ts'
import { problem, type Reply, send } from './reply.ts'
import { type Route, routeFor } from './routes.ts'

/** Whoever says nothing, or speaks slowly, holds a connection for so long, and another second. */
const headersTimeoutMs = 4_000
const requestTimeoutMs = 30_000
const checkConnectionsEveryMs = 1_000
const maxConnections = 1_000
/** As they are bound, however they were spelt: no browser sends them as `Host`. */
const wildcards: ReadonlySet<string> = new Set(['0.0.0.0', '::', '::ffff:0.0.0.0'])
const refusedWords =
  'This page is for whoever started Switchboard. Open the address that it printed; it has a token in it.\n'

export interface SocketRoute {
  path: string
  maxMessageBytes: number
  connected(socket: WebSocket): void
}

export interface PageServerOptions {
  host: string
  /** 0: any free one. */
  port: number
  routes: readonly Route[]
  sockets: readonly SocketRoute[]
  /** Answers all below `/api/mcp/`. */
  registry?: RequestHandler | undefined
}

export interface PageServer {
  /** Of a page, with the token. */
  urlOf(path: string): string
  close(): Promise<void>
}

/** @throws SwitchboardError `port_in_use`, also where the host is none of this machine; `wildcard_host` */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const { host, routes, sockets, registry } = options
  const server = createServer({
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: checkConnectionsEveryMs,
  })
  server.maxConnections = maxConnections
  const { address, port } = await listening(server, host, options.port, 'the page')
  if (wildcards.has(address)) {
    server.close()
    throw wildcardHost(host)
  }
  const shownHost = host.includes(':') ? `[${host}]` : host
  const gate = new Gate(shownHost, port)

  server.on('request', (request, response) => {
    answer(request, response).catch((error) => fail(response, error))
  })
  server.on('upgrade', (request, socket, head) => upgrade(request, socket, head))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '' } = request
    if (registry && isSignInReturn(request) && gate.isOurHost(request)) {
      registry.handle(request, response)
      return
    }
    const admission = gate.admit(request, method !== 'GET')
    if (admission === 'refused') {
      send(response, { status: 403, headers: { 'Content-Type': 'text/plain' }, body: refusedWords })
      return
    }
    // Also for who is let in already: the token is not to stay where it is seen.
    if (admission === 'by token' || gate.isEntry(request)) {
      // A path of ours: one from outside could lead elsewhere.
      const pathname = addressOf(request)?.pathname ?? '/'
      const path = typeof routeFor(routes, 'GET', pathname) === 'object' ? pathname : '/'
      // A cookie is of one name, and so is where others send a browser back: who signs in, or follows a link.
      const headers = gate.isAskedByName(request)
        ? { Location: path, 'Set-Cookie': gate.cookie }
        : { Location: gate.url(path) }
      send(response, { status: 303, headers })
      return
    }
    if (registry && isOfRegistry(request)) {
      registry.handle(request, response)
      return
    }
    const reply = await replyTo(request, response, method)
    if (!response.destroyed) send(response, reply)
  }

  async function replyTo(request: IncomingMessage, response: ServerResponse, method: string): Promise<Reply> {
    if (method !== 'GET' && method !== 'POST') return problem(405, 'There is GET and POST.')
    const pathname = addressOf(request)?.pathname
    if (pathname === undefined) return problem(400, 'This is no address.')
    const match = routeFor(routes, method, pathname)
    if (match === 'no such method') return problem(405, `${pathname} cannot be asked with ${method}.`)
    if (match === undefined) {
      const file = method === 'GET' ? await fileAt(pathname) : undefined
      if (file) return file
      return pathname === '/' && method === 'GET' ? documentReply : problem(404, `There is no ${pathname}.`)
    }
    const body = method === 'POST' ? await readBody(request) : { value: undefined }
    if ('status' in body) return problem(body.status, body.message)
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    return match.route.answer({ parameters: match.parameters, body: body.value, signal: gone.signal })
  }

  const acceptors = sockets.map(({ path, maxMessageBytes, connected }) => {
    const acceptor = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes })
    acceptor.on('connection', (socket) => {
      // What is wrong with a frame closes the connection, with a code that says it.
      socket.on('error', () => {})
      connected(socket)
    })
    return { path, acceptor }
  })

  /** They have left the server's time-outs, and its `closeAllConnections()`. */
  const upgraded = new Set<Duplex>()

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {})
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    const isAdmitted = gate.admit(request, true) === 'granted'
    const found = acceptors.find(({ path }) => path === addressOf(request)?.pathname)
    if (!isAdmitted || !found) {
      const status = isAdmitted ? '404 Not Found' : '403 Forbidden'
      const reply = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
      // Or one that does not end its side stays for ever.
      socket.end(reply, () => socket.destroy())
      return
    }
    found.acceptor.handleUpgrade(request, socket, head, (client) =>
      found.acceptor.emit('connection', client, request),
    )
  }

  return {
    urlOf: (path) => gate.url(path),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of upgraded) socket.destroy()
      server.closeAllConnections()
      await closed
    },
  }
}

function wildcardHost(host: string): SwitchboardError {
  return new SwitchboardError(
    'wildcard_host',
    `the page cannot listen on "${host}", which is every address of this machine; give the one of the interface itself with --host`,
  )
}

/** A bug of ours. */
function fail(response: ServerResponse, error: unknown): void {
  process.emitWarning(`a request of the page failed: ${messageOf(error)}`, 'SwitchboardWarning')
  if (response.headersSent) response.destroy()
  else send(response, problem(500, 'This request failed; the process has a warning that says why.'))
}
