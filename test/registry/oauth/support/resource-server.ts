import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { listen } from '../../../support/listen.ts'

/** An MCP server as far as signing in knows one: it describes itself, and lets in who has a token for it with its scope. */
export class ResourceServer {
  /** Needed for everything. */
  scope = 'read'
  supportedScopes: string[] | undefined = ['read']
  isNamingMetadata = true
  /** Instead of what is true. */
  metadata: Record<string, unknown> = {}
  /** Answers whoever is let in. Default: an empty object. */
  serve: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  /** Tokens that it takes no more, as if their time were up. */
  readonly ended = new Set<string>()
  readonly seen: { path: string; headers: IncomingMessage['headers'] }[] = []
  issuer = ''
  url = ''
  host = ''
  #origin = ''
  readonly #http = createServer((request, response) => void this.#serve(request, response))

  static async start(issuer: string): Promise<ResourceServer> {
    const server = new ResourceServer()
    const { url, host } = await listen(server.#http)
    server.issuer = issuer
    server.#origin = url
    server.host = host
    server.url = `${url}/mcp`
    return server
  }

  stop(): void {
    this.#http.close()
    this.#http.closeAllConnections()
  }

  /** As a client with this token gets it. */
  async ask(authorization: string | undefined): Promise<{ status: number; challenge: string | undefined }> {
    const headers = authorization === undefined ? {} : { authorization }
    const response = await fetch(this.url, { method: 'POST', headers, body: '{}' })
    await response.body?.cancel()
    return { status: response.status, challenge: response.headers.get('www-authenticate') ?? undefined }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    this.seen.push({ path, headers: request.headers })
    if (path === '/.well-known/oauth-protected-resource/mcp') {
      const truth = { resource: this.url, authorization_servers: [this.issuer] }
      const scopes = this.supportedScopes && { scopes_supported: this.supportedScopes }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ...truth, ...scopes, ...this.metadata }))
    } else if (path === '/mcp') await this.#answer(request, response)
    else response.writeHead(404).end()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const scopes = await this.#scopesOf(request.headers.authorization)
    const place = `resource_metadata="${this.#origin}/.well-known/oauth-protected-resource/mcp"`
    const metadata = this.isNamingMetadata ? `, ${place}` : ''
    const challenge = (error: string) => `Bearer error="${error}", scope="${this.scope}"${metadata}`
    if (scopes === undefined)
      response.writeHead(401, { 'www-authenticate': challenge('invalid_token') }).end()
    else if (!this.scope.split(' ').every((scope) => scopes.includes(scope)))
      response.writeHead(403, { 'www-authenticate': challenge('insufficient_scope') }).end()
    else if (this.serve) this.serve(request, response)
    else response.writeHead(200).end('{}')
  }

  async #scopesOf(authorization: string | undefined): Promise<string[] | undefined> {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1]
    if (token === undefined || this.ended.has(token)) return undefined
    try {
      const keys = createRemoteJWKSet(new URL(`${this.issuer}/jwks`))
      const { payload } = await jwtVerify(token, keys, { issuer: this.issuer, audience: this.url })
      return String(payload.scope).split(' ')
    } catch {
      return undefined
    }
  }
}
