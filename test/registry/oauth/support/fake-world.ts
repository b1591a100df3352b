import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen } from '../../../support/listen.ts'

type Json = Record<string, unknown>
type Answer = (response: ServerResponse, body: URLSearchParams) => void

/** An MCP server at `/mcp` and its authorization server with the issuer `/as`, which keep every rule until a test breaks one. */
export class FakeWorld {
  origin = ''
  host = ''
  /** By path; what is missing is 404. */
  readonly documents = new Map<string, Json>()
  /** By path, instead of a document. */
  readonly answers = new Map<string, Answer>()
  readonly seen: { path: string; headers: IncomingMessage['headers']; body: string }[] = []
  challenge: string | undefined
  readonly #http = createServer((request, response) => void this.#serve(request, response))

  static async start(): Promise<FakeWorld> {
    const world = new FakeWorld()
    const { url, host } = await listen(world.#http)
    world.origin = url
    world.host = host
    world.reset()
    return world
  }

  get url(): string {
    return `${this.origin}/mcp`
  }

  get issuer(): string {
    return `${this.origin}/as`
  }

  /** What is served at a path, to be changed. */
  document(path: keyof typeof paths): Json {
    const document = this.documents.get(paths[path])
    if (!document) throw new Error(`nothing at ${paths[path]}`)
    return document
  }

  answer(path: keyof typeof paths, answer: Answer): void {
    this.answers.set(paths[path], answer)
  }

  asked(path: keyof typeof paths) {
    return this.seen.filter((one) => one.path === paths[path])
  }

  reset(): void {
    const { origin, issuer, url } = this
    this.seen.length = 0
    this.answers.clear()
    this.documents.clear()
    this.challenge = `Bearer resource_metadata="${origin}${paths.resource}"`
    this.documents.set(paths.resource, { resource: url, authorization_servers: [issuer] })
    this.documents.set(paths.server, {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: origin + paths.token,
      registration_endpoint: origin + paths.registration,
      revocation_endpoint: origin + paths.revocation,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none'],
      authorization_response_iss_parameter_supported: true,
    })
    this.documents.set(paths.registration, { client_id: 'client' })
    this.documents.set(paths.token, {
      access_token: 'access-canary',
      refresh_token: 'refresh-canary',
      token_type: 'Bearer',
      expires_in: 600,
    })
    this.documents.set(paths.revocation, {})
  }

  stop(): void {
    this.#http.close()
    this.#http.closeAllConnections()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const body = Buffer.concat(chunks).toString('utf8')
    const path = request.url ?? ''
    this.seen.push({ path, headers: request.headers, body })
    const answer = this.answers.get(path)
    const document = this.documents.get(path)
    if (answer) answer(response, new URLSearchParams(body))
    else if (path === paths.mcp)
      response
        .writeHead(401, this.challenge === undefined ? {} : { 'www-authenticate': this.challenge })
        .end()
    else if (document) json(response, path === paths.registration ? 201 : 200, document)
    else response.writeHead(404).end()
  }
}

export const paths = {
  mcp: '/mcp',
  resource: '/.well-known/oauth-protected-resource/mcp',
  server: '/.well-known/oauth-authorization-server/as',
  token: '/as/token',
  registration: '/as/register',
  revocation: '/as/revoke',
} as const

export function json(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export function redirect(location: string): Answer {
  return (response) => response.writeHead(302, { location }).end()
}
