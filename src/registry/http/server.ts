import { createServer, type Server, type ServerResponse } from 'node:http'
import express, { type ErrorRequestHandler, type Express, type Router } from 'express'
import { listening } from '../../http/listening.ts'
import { apiPath } from '../wire.ts'
import { problemOf } from './failure.ts'
import { HttpProblem } from './problem.ts'
import { sendProblem } from './reply.ts'

export interface RegistryServerOptions {
  host: string
  /** 0: any free one. */
  port: number
  /** How many proxies stand in front of it, whose word on addresses is taken. Default: 0. */
  proxies?: number
  /** How long a client may take for the headers of a request. Default: 10 s. */
  headersTimeoutMs?: number
  /** And for all of it. Default: 30 s. */
  requestTimeoutMs?: number
}

export interface RegistryServer {
  /** Without a path. */
  url: string
  port: number
  /** Ends event streams and whatever else is open. */
  close(): Promise<void>
}

const checkConnectionsEveryMs = 500
/** Longer than what stands in front keeps one (60 s): else it asks on a connection that is being closed here. */
const keepAliveTimeoutMs = 65_000
const maxConnections = 10_000
/** For what is being answered when it closes. */
const closeGraceMs = 2_000

/** @throws SwitchboardError `port_in_use`, also where the host is none of this machine */
export async function startServer(router: Router, options: RegistryServerOptions): Promise<RegistryServer> {
  const { host, port, proxies = 0, headersTimeoutMs = 10_000, requestTimeoutMs = 30_000 } = options
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: checkConnectionsEveryMs,
    },
    createApplication(router, proxies),
  )
  server.maxConnections = maxConnections
  const open = new Set<ServerResponse>()
  server.on('request', (_request, response) => {
    open.add(response)
    response.once('close', () => open.delete(response))
  })
  const { port: bound } = await listening(server, host, port, 'the registry')
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () => closed(server, open),
  }
}

export function createApplication(router: Router, proxies = 0): Express {
  const application = express()
  application.disable('x-powered-by')
  application.set('trust proxy', proxies)
  application.use(router)
  application.use(() => {
    throw new HttpProblem(404, `There is nothing here; the registry is at ${apiPath}.`)
  })
  const onError: ErrorRequestHandler = (error: unknown, request, response, _next) =>
    sendProblem(request, response, problemOf(error, request.method))
  application.use(onError)
  return application
}

async function closed(server: Server, open: ReadonlySet<ServerResponse>): Promise<void> {
  const done = new Promise((resolve) => server.close(resolve))
  for (const response of open) {
    // These never end by themselves.
    if (response.getHeader('Content-Type') === 'text/event-stream') response.end()
  }
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), closeGraceMs)
  await done
  clearTimeout(timer)
}
