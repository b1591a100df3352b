import { createHash } from 'node:crypto'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type AuthorizationServer, startAuthorizationServer } from '../../examples/authorization/provider.ts'
import { listen } from '../../examples/servers/http.ts'

const redirectUri = 'http://127.0.0.1:9/callback'
const verifier = 'v'.repeat(43)
const clientSchema = z.looseObject({ client_id: z.string() })
const tokensSchema = z.looseObject({ access_token: z.string(), refresh_token: z.string() })

let authorization: AuthorizationServer
let [mail, web] = ['', '']
beforeAll(async () => {
  authorization = await startAuthorizationServer()
  const createServer = () => new McpServer({ name: 'example', version: '1' })
  const { issuer } = authorization
  ;[mail, web] = await Promise.all([
    listen({ createServer, port: 0, issuer }),
    listen({ createServer, port: 0, issuer }),
  ])
})
afterAll(() => authorization.close())

/** A browser with its cookies, as far as signing in needs one. */
class Browser {
  readonly #cookies = new Map<string, string>()

  async go(address: string, form?: Record<string, string>): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(address, {
      redirect: 'manual',
      headers: { cookie },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }

  /** As far as redirects lead on this authorization server; the address of a page, or one that is elsewhere. */
  async follow(address: string, form?: Record<string, string>): Promise<string> {
    const response = await this.go(address, form)
    const location = response.headers.get('location')
    if (location === null) return address
    const next = new URL(location, address).href
    return next.startsWith(authorization.issuer) ? this.follow(next) : next
  }
}

async function post(path: string, body: URLSearchParams | object): Promise<Response> {
  const isForm = body instanceof URLSearchParams
  return fetch(`${authorization.issuer}${path}`, {
    method: 'POST',
    headers: isForm ? {} : { 'content-type': 'application/json' },
    body: isForm ? body : JSON.stringify(body),
  })
}

async function register(): Promise<string> {
  const response = await post('/reg', {
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
    client_name: 'An <agent>',
  })
  return clientSchema.parse(await response.json()).client_id
}

function authorizationUrl(clientId: string, resource: string, changed: Record<string, string> = {}): string {
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const parameters = {
    ...{ response_type: 'code', client_id: clientId, redirect_uri: redirectUri, resource, scope: 'tools' },
    ...{ state: 's', code_challenge: challenge, code_challenge_method: 'S256' },
    ...changed,
  }
  return `${authorization.issuer}/auth?${new URLSearchParams(parameters)}`
}

async function signIn(resource: string): Promise<z.infer<typeof tokensSchema> & { clientId: string }> {
  const clientId = await register()
  const browser = new Browser()
  const page = await browser.follow(authorizationUrl(clientId, resource))
  const shown = await (await browser.go(page)).text()
  expect(shown).toContain('Agree')
  expect(shown).toContain('An &#60;agent&#62;</strong> wants')
  const back = new URL(await browser.follow(page, { name: 'Carol', answer: 'agree' }))
  expect(Object.fromEntries(back.searchParams)).toEqual({
    code: expect.any(String),
    state: 's',
    iss: authorization.issuer,
  })
  const response = await post(
    '/token',
    new URLSearchParams({
      ...{ grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '' },
      ...{ redirect_uri: redirectUri, client_id: clientId, code_verifier: verifier, resource },
    }),
  )
  return { ...tokensSchema.parse(await response.json()), clientId }
}

/** What an MCP server says to a first request with this token. */
async function knock(url: string, token?: string): Promise<{ status: number; challenge: string | null }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({
      ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'test', version: '1' },
      },
    }),
  })
  await response.body?.cancel()
  return { status: response.status, challenge: response.headers.get('www-authenticate') }
}

function challengeOf(url: string, error = ''): string {
  const metadata = new URL('/.well-known/oauth-protected-resource/mcp', url)
  return `Bearer ${error}resource_metadata="${metadata}", scope="tools"`
}

test('an example server says where to sign in, and lets in who did, with the refreshed token too', async () => {
  expect(await knock(mail)).toEqual({ status: 401, challenge: challengeOf(mail) })
  const metadata = await fetch(new URL('/.well-known/oauth-protected-resource/mcp', mail))
  expect(await metadata.json()).toEqual({
    resource: mail,
    authorization_servers: [authorization.issuer],
    scopes_supported: ['tools'],
    bearer_methods_supported: ['header'],
  })

  const { access_token: token, refresh_token: refreshToken, clientId } = await signIn(mail)
  expect(await knock(mail, token)).toEqual({ status: 200, challenge: null })
  const refreshed = await post(
    '/token',
    new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: clientId,
      resource: mail,
    }),
  )
  const again = tokensSchema.parse(await refreshed.json())
  expect(again.access_token).not.toBe(token)
  expect(await knock(mail, again.access_token)).toEqual({ status: 200, challenge: null })
})

describe('an example server refuses', () => {
  const invalid = () => ({ status: 401, challenge: challengeOf(mail, 'error="invalid_token", ') })

  test('a token that was made for another server', async () => {
    const { access_token: token } = await signIn(web)
    expect(await knock(web, token)).toEqual({ status: 200, challenge: null })
    expect(await knock(mail, token)).toEqual(invalid())
  })

  test('a token with the right words and the signature of somebody else', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    const forged = await new SignJWT({ scope: 'tools' })
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'example' })
      .setIssuer(authorization.issuer)
      .setAudience(mail)
      .setExpirationTime('5 minutes')
      .sign(privateKey)
    expect(await knock(mail, forged)).toEqual(invalid())
  })

  test('a token that is none', async () => {
    expect(await knock(mail, 'none')).toEqual(invalid())
  })
})

describe('the authorization server refuses', () => {
  const answerTo = async (changed: Record<string, string>) => {
    const back = await new Browser().follow(authorizationUrl(await register(), mail, changed))
    return new URL(back).searchParams.get('error')
  }

  test('a sign-in without PKCE', async () => {
    expect(await answerTo({ code_challenge: '', code_challenge_method: '' })).toBe('invalid_request')
  })

  test('to vouch for a server that is not on this machine', async () => {
    expect(await answerTo({ resource: 'https://example.com/mcp' })).toBe('invalid_target')
  })
})

test('who declines comes back without a code; who gives no name is asked again', async () => {
  const browser = new Browser()
  const page = await browser.follow(authorizationUrl(await register(), mail))
  const nameless = await browser.go(page, { name: ' ', answer: 'agree' })
  // Answered with another address, or going back asked whether to send the form again.
  const asked = nameless.headers.get('location') ?? ''
  expect([nameless.status, asked]).toEqual([303, expect.stringMatching(/^\/sign-in\/[^/]+\?name-missing$/)])
  const again = await browser.go(new URL(asked, page).href)
  expect([again.status, await again.text()]).toEqual([200, expect.stringContaining('Give a name')])
  const back = new URL(await browser.follow(page, { answer: 'decline' }))
  expect(back.searchParams.get('error')).toBe('access_denied')
  expect(back.searchParams.get('code')).toBeNull()
  const over = await browser.go(page)
  expect([over.status, over.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8'])
  expect(await over.text()).toContain(`<a href="${back.origin}/">Back to ${back.host}</a>`)
})
