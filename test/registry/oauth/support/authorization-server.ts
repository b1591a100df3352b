import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type Configuration } from 'oidc-provider'
import { listen } from '../../../support/listen.ts'

export interface Consent {
  /** Of those asked for; undefined: all. */
  scopes?: string[]
  /** The user says no to everything. */
  isDenied?: boolean
}

/** `oidc-provider` on loopback, whose users agree by themselves, as told by `consent`. */
export class AuthorizationServer {
  consent: Consent = {}
  /** Grant types of the token requests that it granted. */
  readonly granted: string[] = []
  readonly revoked: string[] = []
  readonly registered: string[] = []
  /** Of tokens for a resource, in seconds. */
  accessTokenLifetime = 600
  /** Answers instead of the provider, while it gives something. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  readonly #http = createServer((request, response) => {
    if (this.intercept?.(request, response)) return
    if (request.url?.startsWith('/interaction/')) void this.#interact(request, response)
    else this.#handle?.(request, response)
  })
  #handle: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  #provider: Provider | undefined
  issuer = ''
  host = ''

  static async start(more: Configuration = {}): Promise<AuthorizationServer> {
    const server = new AuthorizationServer()
    const { url, host } = await listen(server.#http)
    server.issuer = url
    server.host = host
    const { privateKey } = await generateKeyPair('RS256', { extractable: true })
    const provider = new Provider(url, {
      jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'key' }] },
      cookies: { keys: ['a test, no secret'] },
      scopes: ['openid', 'offline_access'],
      findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      ttl: {
        AccessToken: () => server.accessTokenLifetime,
        ...{ RefreshToken: 3_600, Grant: 3_600, Session: 3_600, Interaction: 600 },
      },
      features: {
        devInteractions: { enabled: false },
        registration: { enabled: true },
        revocation: { enabled: true, allowedPolicy: () => true },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo: (_context, resource) => ({
            scope: 'read write admin',
            audience: resource,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
      ...more,
    })
    provider.on('grant.success', ({ oidc }) => server.granted.push(String(oidc.params?.grant_type)))
    provider.on('grant.revoked', (_context, grantId) => server.revoked.push(grantId))
    provider.on('registration_create.success', (_context, { clientId }) => server.registered.push(clientId))
    server.#provider = provider
    server.#handle = provider.callback()
    return server
  }

  stop(): void {
    this.#http.close()
    this.#http.closeAllConnections()
  }

  async #interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const provider = this.#provider
    if (!provider) throw new Error('not started')
    const { prompt, params, session, grantId } = await provider.interactionDetails(request, response)
    if (prompt.name === 'login')
      return provider.interactionFinished(request, response, { login: { accountId: 'somebody' } })
    if (this.consent.isDenied)
      return provider.interactionFinished(request, response, { error: 'access_denied' })
    const clientId = String(params.client_id)
    const known = grantId ? await provider.Grant.find(grantId) : undefined
    const grant = known ?? new provider.Grant({ accountId: session?.accountId ?? '', clientId })
    const asked = String(params.scope ?? '').split(' ')
    const given = asked.filter((scope) => this.consent.scopes?.includes(scope) ?? true)
    const refused = asked.filter((scope) => !given.includes(scope) && scope !== 'offline_access')
    grant.addOIDCScope('openid offline_access')
    grant.addResourceScope(String(params.resource), given.join(' '))
    if (refused.length > 0) grant.rejectResourceScope(String(params.resource), refused.join(' '))
    await provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true },
    )
  }
}
