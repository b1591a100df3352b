import { createServer } from 'node:http'
import { SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HttpProblem } from '../../../src/registry/http/problem.ts'
import { createAuthenticate } from '../../../src/registry/identity/authenticate.ts'
import { listen, unusedPort } from '../../support/listen.ts'
import { type Service, startService } from './service.ts'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.close())

const statusFor = async (authorization: string | undefined) => {
  const answer = await service.ask('GET', '/servers', {
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  })
  return { status: answer.status, challenge: answer.headers.get('www-authenticate') }
}
const good = { status: 200, challenge: null }
const invalid = { status: 401, challenge: 'Bearer error="invalid_token"' }
const now = () => Math.floor(Date.now() / 1_000)

test('a token of the identity provider is taken, five seconds past its end as well', async () => {
  const { token } = service.provider
  expect(await statusFor(`Bearer ${await token('anna')}`)).toEqual(good)
  expect(await statusFor(`bearer ${await token('anna', { expiresAt: now() - 2 })}`)).toEqual(good)
})

test('nobody, or what is no bearer, is asked to say who it is', async () => {
  expect(await statusFor(undefined)).toEqual({ status: 401, challenge: 'Bearer' })
  expect(await statusFor('Basic YTpi')).toEqual(invalid)
})

test.each([
  ['another key', { isForged: true }],
  ['another issuer', { issuer: 'https://evil.example.com' }],
  ['another audience', { audience: 'mail' }],
  ['an end long ago', { expiresAt: 1_000_000_000 }],
  ['an end ten seconds ago', { expiresAt: now() - 10 }],
  ['a beginning that is to come', { claims: { nbf: now() + 3_600 } }],
  ['an empty subject', { claims: { sub: '' } }],
  ['a subject with NUL', { claims: { sub: 'a\0b' } }],
  ['a subject that is too long', { claims: { sub: 'a'.repeat(201) } }],
] as const)('a token with %s is refused', async (_, forgery) => {
  expect(await statusFor(`Bearer ${await service.provider.token('anna', forgery)}`)).toEqual(invalid)
})

test('tokens without a signature, with a shared secret, cut or changed are refused', async () => {
  const { token, jwt } = service.provider
  const unsigned = new UnsecuredJWT({ sub: 'anna' }).setIssuer(jwt.issuer).setAudience(jwt.audience)
  expect(await statusFor(`Bearer ${unsigned.setExpirationTime('1h').encode()}`)).toEqual(invalid)
  // The published key as a shared secret.
  const keys = await (await fetch(jwt.jwksUrl)).text()
  const shared = await new SignJWT({ sub: 'anna' })
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .setIssuer(jwt.issuer)
    .setAudience(jwt.audience)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(keys))
  expect(await statusFor(`Bearer ${shared}`)).toEqual(invalid)
  const whole = await token('anna')
  const [head = '', , signature = ''] = whole.split('.')
  const other = Buffer.from(JSON.stringify({ sub: 'berta' })).toString('base64url')
  for (const wrong of [whole.slice(0, -4), `${head}.${other}.${signature}`, `${head}..`, 'x.y.z', 'x', '.']) {
    expect(await statusFor(`Bearer ${wrong}`)).toEqual(invalid)
  }
})

test('a key is for its role only, until it is removed', async () => {
  const { ask, agent, operator, store } = service
  const statuses = async (as: string) => {
    const paths = ['/servers', '/templates', '/audit', '/agent/users/anna/servers']
    const answers = await Promise.all(paths.map((path) => ask('GET', path, { as })))
    return answers.map(({ status }) => status)
  }
  expect(await statuses(agent)).toEqual([403, 200, 403, 200])
  expect(await statuses(operator)).toEqual([403, 200, 200, 403])
  expect(await statuses('anna')).toEqual([200, 200, 200, 403])
  const template = { name: 'Mail', url: 'https://mail.example.com/mcp' }
  for (const as of [agent, 'anna']) {
    expect(await ask('POST', '/templates', { as, body: template })).toMatchObject({ status: 403 })
  }

  const { key } = await store.apiKeys.add({ name: 'test' }, 'short-lived', 'agent')
  expect(await statuses(`Bearer ${key}`)).toEqual([403, 200, 403, 200])
  await store.apiKeys.remove({ name: 'test' }, 'short-lived')
  expect(await statuses(`Bearer ${key}`)).toEqual([401, 401, 401, 401])
  expect(await statuses(`Bearer sbk_${'a'.repeat(43)}`)).toEqual([401, 401, 401, 401])
})

test('keys that cannot be fetched make nobody a stranger: the service says that it cannot tell now', async () => {
  const { token, jwt } = service.provider
  const jwksUrl = `http://127.0.0.1:${await unusedPort()}/keys`
  const authenticate = createAuthenticate({ jwt: { ...jwt, jwksUrl } })
  const other = await startService({ parts: { authenticate }, provider: service.provider })
  const answer = await other.ask('GET', '/servers', { as: `Bearer ${await token('anna')}` })
  expect({ status: answer.status, after: answer.headers.get('retry-after'), body: answer.body }).toEqual({
    ...{ status: 503, after: '5' },
    body: {
      type: 'urn:switchboard:problem:identity_unavailable',
      ...{ title: 'Service Unavailable', status: 503 },
      detail: expect.stringMatching(
        /^The keys of the identity provider cannot be fetched .*Ask again in a while\.$/,
      ),
    },
  })
  await other.close()
})

const development = { userId: 'developer', listensOn: '127.0.0.1' }

test('in development everybody on this machine is one user; other names and other pages are refused', async () => {
  const authenticate = createAuthenticate({ development })
  const server = createServer((request, response) => {
    const who = async () => (await authenticate(request)) ?? null
    who()
      .catch((error: HttpProblem) => error.status)
      .then((said) => response.end(JSON.stringify(said)))
  })
  const { url, host } = await listen(server)
  const whoIs = async (headers: Record<string, string>) => {
    const { request } = await import('node:http')
    return new Promise<unknown>((resolve, reject) => {
      const asked = request(url, { headers }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        response.on('end', () => resolve(JSON.parse(text)))
      })
      asked.on('error', reject).end()
    })
  }
  const developer = { id: 'developer', role: 'user' }
  const { port } = new URL(url)
  expect(await whoIs({})).toEqual(developer)
  expect(await whoIs({ host: `localhost:${port}` })).toEqual(developer)
  expect(await whoIs({ host, origin: url })).toEqual(developer)
  for (const headers of [
    { host: `evil.example.com:${port}` },
    { host: `127.0.0.1.evil.example.com:${port}` },
    { host, origin: 'https://evil.example.com' },
    { host, origin: 'null' },
    { host, origin: `http://localhost:${port}` },
    { host, origin: 'http://127.0.0.1:1' },
    { host, 'x-forwarded-for': '203.0.113.9' },
  ]) {
    expect({ headers, who: await whoIs(headers) }).toEqual({ headers, who: 403 })
  }
  expect(await whoIs({ host, authorization: 'Bearer x' })).toBeNull()
  server.close()
  server.closeAllConnections()
})

test.each(['0.0.0.0', '::', '192.168.1.2', 'tools.example.com'])(
  'development is refused where the service listens on %s',
  (listensOn) => {
    expect(() => createAuthenticate({ development: { ...development, listensOn } })).toThrow(
      /listens on this machine only, not on .*REGISTRY_JWT_ISSUER/,
    )
  },
)
