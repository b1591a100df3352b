import { createServer, type Server } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { errors } from 'oidc-provider'
import { Memory } from './memory.ts'
import { answerSignIn, sendOver } from './sign-in.ts'

/** What the examples ask for; one scope for all of their tools. */
export const toolsScope = 'tools'

const accessTokenSeconds = 10 * 60
const signInSeconds = 10 * 60
const lastingSeconds = 14 * 24 * 60 * 60

export interface AuthorizationServer {
  /** `http://127.0.0.1:PORT` */
  issuer: string
  close(): Promise<void>
}

/**
 * An authorization server for trying things out: it knows nobody, believes any name, and vouches for every MCP server on this machine
 * (`http://127.0.0.1:PORT/mcp`). OAuth 2.1 with PKCE, dynamic registration (RFC 7591), resource indicators (RFC 8707), revocation
 * (RFC 7009), and access tokens as JWTs (RFC 9068). Rejects with the error of `listen`.
 */
export async function startAuthorizationServer({ port = 0 } = {}): Promise<AuthorizationServer> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const signingKey = { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'example' }
  const server = createServer()
  const issuer = `http://127.0.0.1:${await listening(server, port)}`
  const provider = new Provider(issuer, {
    adapter: Memory,
    jwks: { keys: [signingKey] },
    cookies: { keys: [crypto.randomUUID()] },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_, { uid }) => `/sign-in/${uid}` },
    pkce: { required: () => true },
    clientDefaults: { grant_types: ['authorization_code', 'refresh_token'] },
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    ttl: {
      AccessToken: accessTokenSeconds,
      RefreshToken: lastingSeconds,
      Grant: lastingSeconds,
      Session: lastingSeconds,
      Interaction: signInSeconds,
    },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => {
          if (!/^http:\/\/127\.0\.0\.1:\d+\/mcp$/.test(resource)) throw new errors.InvalidTarget()
          return {
            scope: toolsScope,
            audience: resource,
            accessTokenFormat: 'jwt',
            accessTokenTTL: accessTokenSeconds,
            jwt: { sign: { alg: 'RS256' } },
          }
        },
      },
    },
  })
  const answerOther = provider.callback()
  server.on('request', (request, response) => {
    if (!request.url?.startsWith('/sign-in/')) return void answerOther(request, response)
    answerSignIn(provider, request, response).catch(() => {
      if (response.headersSent) response.destroy()
      else sendOver(request, response)
    })
  })
  return {
    issuer,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
