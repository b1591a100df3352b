import {
  createServer,
  request as forward,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { onTestFinished } from 'vitest'
import { listen } from '../support/listen.ts'
import { TestServer } from '../support/test-server.ts'
import type { Era } from '../support/transports.ts'

/** A real MCP server over HTTP that answers 401 to whoever has not the token of now, before anything of it is reached. */
export class BearerServer {
  readonly server: TestServer
  /** `Authorization` of each request, in their order. */
  readonly given: (string | undefined)[] = []
  /** All of them. */
  readonly headers: IncomingHttpHeaders[] = []
  /** What it wants now. */
  wanted = 'Bearer first'
  /** Of a refusal. */
  refusal: { status: 401 | 403; challenge?: string } = {
    status: 401,
    challenge: 'Bearer error="invalid_token"',
  }

  private constructor(
    readonly url: string,
    readonly host: string,
    era: Era,
  ) {
    this.server = new TestServer('--era', era)
  }

  static async start(era: Era = 'legacy'): Promise<BearerServer> {
    const door = createServer((request, response) => {
      const { authorization } = request.headers
      bearer.given.push(authorization)
      bearer.headers.push(request.headers)
      if (authorization !== bearer.wanted) {
        const { status, challenge } = bearer.refusal
        response.writeHead(status, challenge === undefined ? {} : { 'www-authenticate': challenge }).end()
        return
      }
      passOn(request, response, port)
    })
    const { url, host } = await listen(door)
    const bearer = new BearerServer(`${url}/mcp`, host, era)
    const { port } = await bearer.server.startHttp()
    onTestFinished(() => {
      door.close()
      door.closeAllConnections()
    })
    return bearer
  }
}

/** To a server on another port of this machine. */
export function passOn(request: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, url, headers } = request
  const inner = forward({ port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  inner.on('error', () => response.destroy())
  response.on('close', () => inner.destroy())
  request.pipe(inner)
}
