import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import {
  newServerSchema,
  orderSchema,
  type ProblemDetails,
  type RegisteredServer,
  serverChangeSchema,
  type Template,
  type TestResult,
} from '../../src/registry/wire.ts'

const root = '/api/mcp'

export const working: TestResult = {
  status: 'ready',
  durationMs: 42,
  peer: { name: 'mail', version: '1.0', protocolVersion: '2025-11-25' },
  functions: [{ name: 'send_email', description: 'Sends an email to one recipient, at once.' }],
  rejected: [],
  needsSignIn: false,
}

/** The words of a registry, with nothing behind them: the tests say what it finds, and what it refuses. */
export class RegistryStandIn {
  readonly servers: RegisteredServer[] = []
  readonly templates: Template[] = []
  /** What was given of each server that was added. */
  readonly given: unknown[] = []
  /** What the next tests find. */
  finds: TestResult = working
  /** What the next change is answered with, once. */
  refusesWith: (Partial<ProblemDetails> & { status: number }) | undefined
  /** Where signing in leads. */
  authorizationUrl = 'http://127.0.0.1:9/authorize'
  /** What waits for the tests to go on. */
  untilTested: Promise<void> = Promise.resolve()
  /** The `Cookie` of who came back from signing in. */
  readonly cameBackWith: (string | undefined)[] = []
  readonly #listeners = new Set<ServerResponse>()

  add(given: Partial<RegisteredServer> & { name: string }): RegisteredServer {
    const now = new Date().toISOString()
    const server: RegisteredServer = {
      ...{ id: randomUUID(), url: 'https://mcp.example.com/mcp', status: 'unknown', enabled: true },
      ...{ authorization: { kind: 'none' }, tools: {}, version: 1, createdAt: now, updatedAt: now },
      ...given,
    }
    this.servers.push(server)
    this.tell('servers')
    return server
  }

  /** As if it came from elsewhere. */
  change(id: string, change: Partial<RegisteredServer>): void {
    const server = this.servers.find((one) => one.id === id)
    if (server) Object.assign(server, change, { version: server.version + 1 })
    this.tell('servers')
  }

  tell(event: 'servers' | 'status'): void {
    for (const listener of this.#listeners) listener.write(`event: ${event}\ndata: {}\n\n`)
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#answer(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    )
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '' } = request
    const [path = ''] = (request.url ?? '').slice(root.length).split('?')
    const [, , id = '', action] = path.split('/')
    const key = `${method} ${path.replace(/[0-9a-f-]{36}/, 'ID')}`
    if (method !== 'GET' && this.refusesWith) {
      const { status } = this.refusesWith
      const problem = { type: 'about:blank', title: 'Refused', detail: 'It is refused.', ...this.refusesWith }
      this.refusesWith = undefined
      return reply(response, status, problem)
    }
    const server = this.servers.find((one) => one.id === id)
    switch (key) {
      case 'GET /events':
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n')
        this.#listeners.add(response)
        return void response.once('close', () => this.#listeners.delete(response))
      case 'GET /oauth/callback': {
        this.cameBackWith.push(request.headers.cookie)
        const refresh = `<meta http-equiv="refresh" content="0; url=/#/my-servers/${this.servers[0]?.id}">`
        return void response.writeHead(200, { 'content-type': 'text/html' }).end(refresh)
      }
      case 'GET /templates':
        return reply(response, 200, { templates: this.templates })
      case 'GET /servers':
        return reply(response, 200, { servers: this.servers })
      case 'POST /servers': {
        const body: unknown = await json(request)
        this.given.push(body)
        const { headers, ...rest } = newServerSchema.parse(body)
        const names = Object.keys(headers ?? {})
        const authorization =
          names.length > 0 ? { kind: 'headers' as const, names } : { kind: 'none' as const }
        return reply(response, 201, this.add({ ...rest, authorization }))
      }
      case 'PUT /servers/order': {
        const { ids } = orderSchema.parse(await json(request))
        this.servers.sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id))
        return reply(response, 204)
      }
    }
    if (!server)
      return reply(response, 404, {
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail: 'There is no such server.',
      })
    if (key === 'POST /servers/ID/test') {
      await this.untilTested
      this.#seen(server, this.finds)
      return reply(response, 200, this.finds)
    }
    if (action === 'sign-in') return reply(response, 200, { authorizationUrl: this.authorizationUrl })
    if (action === 'sign-out') {
      this.change(id, { authorization: { kind: 'oauth', state: 'signed_out', scopes: [] } })
      return reply(response, 204)
    }
    if (request.headers['if-match'] !== `"${server.version}"`) {
      return reply(response, 412, {
        type: 'urn:switchboard:problem:changed_meanwhile',
        title: 'Precondition Failed',
        status: 412,
        detail: 'It was changed.',
      })
    }
    if (method === 'DELETE') {
      this.servers.splice(this.servers.indexOf(server), 1)
      return reply(response, 204)
    }
    const { headers, ...change } = serverChangeSchema.parse(await json(request))
    this.given.push({ ...change, ...(headers ? { headers } : {}) })
    const { name = server.name, enabled = server.enabled, url = server.url } = change
    const isElsewhere = new URL(url).origin !== new URL(server.url).origin
    const names = Object.keys(headers ?? {})
    const authorization = names.length > 0 ? { kind: 'headers' as const, names } : { kind: 'none' as const }
    this.change(id, {
      ...{ name, enabled, url, status: enabled ? 'unknown' : 'disabled' },
      ...(headers || isElsewhere ? { authorization } : {}),
    })
    return reply(response, 200, server)
  }

  #seen(server: RegisteredServer, { status, problem, functions, needsSignIn }: TestResult): void {
    const at = new Date().toISOString()
    const names = functions.map(({ name }) => name)
    Object.assign(server, {
      ...{ status, statusSince: at },
      lastSeen: { status, at, from: 'test', functions: names, ...(problem === undefined ? {} : { problem }) },
      ...(needsSignIn ? { authorization: { kind: 'oauth', state: 'signed_out', scopes: [] } } : {}),
    })
    this.tell('status')
  }
}

function reply(response: ServerResponse, status: number, body?: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
