import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as z from 'zod'

/** RFC 9728, 3.1: where the metadata of `http://HOST/mcp` stands. */
export const metadataPath = '/.well-known/oauth-protected-resource/mcp'

const scope = 'tools'
const issuerMetadata = z.looseObject({ issuer: z.string(), jwks_uri: z.url() })

/** Who may use a server: whoever has a token of one authorization server, made for this very server. */
export class Access {
  readonly #issuer: string
  #keys: ReturnType<typeof createRemoteJWKSet> | undefined

  constructor(issuer: string) {
    this.#issuer = issuer
  }

  /** RFC 9728, 2. */
  showMetadata(response: ServerResponse, origin: string): void {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({
        resource: `${origin}/mcp`,
        authorization_servers: [this.#issuer],
        scopes_supported: [scope],
        bearer_methods_supported: ['header'],
      }),
    )
  }

  /** Why the request is refused, as a challenge (RFC 6750, 3); undefined where it may pass. */
  async challenge({ headers }: IncomingMessage, origin: string): Promise<string | undefined> {
    const where = `resource_metadata="${origin}${metadataPath}", scope="${scope}"`
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
    if (token === undefined) return `Bearer ${where}`
    try {
      await jwtVerify(token, await this.#keysNow(), {
        issuer: this.#issuer,
        audience: `${origin}/mcp`,
        // RFC 9068, 2.1: an ID token is no access token.
        typ: 'at+jwt',
      })
      return undefined
    } catch {
      return `Bearer error="invalid_token", ${where}`
    }
  }

  /** Asked again where the authorization server was away. */
  async #keysNow(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    this.#keys ??= await keysOf(this.#issuer)
    return this.#keys
  }
}

/** RFC 8414. */
async function keysOf(issuer: string): Promise<ReturnType<typeof createRemoteJWKSet>> {
  const answer = await fetch(new URL('/.well-known/oauth-authorization-server', issuer))
  const metadata = issuerMetadata.parse(await answer.json())
  if (metadata.issuer !== issuer) throw new Error(`it calls itself ${metadata.issuer}`)
  return createRemoteJWKSet(new URL(metadata.jwks_uri))
}
