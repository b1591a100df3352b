import { createServer } from 'node:http'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { JwtOptions } from '../../../src/registry/identity/jwt.ts'
import { listen } from '../../support/listen.ts'

/** Publishes its keys, and signs what it is told to. */
export interface IdentityProvider {
  jwt: JwtOptions
  /** Of a user; `other` for what is wrong with it. */
  token(sub: string, other?: Forgery): Promise<string>
  close(): void
}

export interface Forgery {
  issuer?: string
  audience?: string
  expiresAt?: number
  /** A key that is not published, under the name of one that is. */
  isForged?: true
  claims?: Record<string, unknown>
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const { privateKey: forgedKey } = await generateKeyPair('ES256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }]
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }))
  })
  const { url } = await listen(server)
  const jwt = { issuer: 'https://identity.example.com', audience: 'switchboard', jwksUrl: `${url}/keys` }
  const sign = (key: CryptoKey, sub: string, other: Forgery) =>
    new SignJWT({ sub, ...other.claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuer(other.issuer ?? jwt.issuer)
      .setAudience(other.audience ?? jwt.audience)
      .setIssuedAt()
      .setExpirationTime(other.expiresAt ?? Math.floor(Date.now() / 1_000) + 600)
      .sign(key)
  return {
    jwt,
    token: (sub, other = {}) => sign(other.isForged ? forgedKey : privateKey, sub, other),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
