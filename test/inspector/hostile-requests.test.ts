import { IncomingMessage } from 'node:http'
import { connect, Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Gate } from '../../src/inspector/http/gate.ts'
import { Besieged } from './besieged.ts'
import { ask, type RawAnswer, upgradeHeaders } from './raw-request.ts'

const page = new Besieged()
beforeAll(() => page.open())
afterAll(() => page.close())

const refused = {
  status: 403,
  body: 'This page is for whoever started Switchboard. Open the address that it printed; it has a token in it.\n',
}
const kinds = [
  ...['GET', 'POST a call', 'POST a fault'],
  ...['upgrade /live', 'upgrade /voice', 'upgrade /stately/live'],
]

/** What the page itself sends, but for what is given; `undefined` leaves a header out. */
async function send(kind: string, changed: Record<string, string | undefined>): Promise<RawAnswer> {
  const entries = Object.entries({ ...page.headers, 'content-type': 'application/json', ...changed })
  const headers = Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  if (kind === 'GET') return page.get('/', headers)
  const isCall = kind === 'POST a call'
  if (isCall || kind === 'POST a fault') {
    const path = isCall ? '/api/functions/charge/call' : '/api/servers/bank/fault'
    const body = JSON.stringify(isCall ? { arguments: { amount: 1 } } : { action: 'kill' })
    return ask(page.port, { method: 'POST', path, headers, body })
  }
  return page.get(kind.replace('upgrade ', ''), { ...headers, ...upgradeHeaders() })
}

const strangers: [string, () => Record<string, string | undefined>][] = [
  ['no token', () => ({ cookie: undefined })],
  ['a wrong token', () => ({ cookie: `switchboard-${page.port}=${'A'.repeat(32)}` })],
  ['an empty token', () => ({ cookie: `switchboard-${page.port}=` })],
  ['the cookie of another port', () => ({ cookie: `switchboard-${page.port + 1}=${page.token}` })],
  ['a foreign Host', () => ({ host: `evil.example:${page.port}` })],
  ['another port as Host', () => ({ host: `127.0.0.1:${page.port + 1}` })],
  ['a Host without a port', () => ({ host: '127.0.0.1' })],
  ['the port of HTTP as Host', () => ({ host: '127.0.0.1:80', origin: 'http://127.0.0.1:80' })],
  ['a foreign Origin', () => ({ origin: 'http://evil.example' })],
  ['another port as Origin', () => ({ origin: `http://127.0.0.1:${page.port + 1}` })],
  ['https as Origin', () => ({ origin: `https://127.0.0.1:${page.port}` })],
  ['"null" as Origin', () => ({ origin: 'null' })],
  [
    'a name that was rebound to this machine, with the cookie',
    () => ({ host: `evil.example:${page.port}`, origin: `http://evil.example:${page.port}` }),
  ],
]

describe.each(strangers)('%s', (_, changed) => {
  test.each(kinds)('%s is refused, and nothing is done', async (kind) => {
    const { status, body } = await send(kind, changed())
    expect({ status, body }).toEqual(kind.startsWith('upgrade') ? { status: 403, body: '' } : refused)
    page.expectNothingDone()
  })
})

describe('no Origin', () => {
  test.each(kinds.slice(1))('%s is refused, and nothing is done', async (kind) => {
    expect((await send(kind, { origin: undefined })).status).toBe(403)
    page.expectNothingDone()
  })
})

test('the same requests are let in where all is right', async () => {
  expect((await send('GET', {})).status).toBe(200)
  expect((await send('GET', { origin: undefined })).status).toBe(200)
  for (const kind of kinds.slice(3)) expect((await send(kind, {})).status, kind).toBe(101)
})

test('capitals in the Host and the Origin mean nothing', async () => {
  const host = `LocalHost:${page.port}`
  expect((await send('GET', { host, origin: `http://${host}` })).status).toBe(200)
  expect((await send('upgrade /live', { host, origin: `http://localhost:${page.port}` })).status).toBe(101)
})

test('who opens the page under another name of this machine is sent to the name that was printed', async () => {
  const token = `token=${page.token}`
  const entered = async (host: string) => {
    const { status, headers } = await page.get(`/stately?${token}`, { host: `${host}:${page.port}` })
    return { status, location: headers.location, isLetIn: headers['set-cookie'] !== undefined }
  }
  const printed = `http://127.0.0.1:${page.port}/stately?${token}`
  expect(await entered('localhost')).toEqual({ status: 303, location: printed, isLetIn: false })
  expect(await entered('127.0.0.1')).toEqual({ status: 303, location: '/stately', isLetIn: true })
})

describe('a page on port 80, of a host in capitals', () => {
  const gate = new Gate('Desk.example', 80)
  const admissionOf = (host: string, origin: string) => {
    const request = new IncomingMessage(new Socket())
    Object.assign(request.headers, { host, origin, cookie: gate.cookie })
    return gate.admit(request, true)
  }

  test.each([
    ['desk.example', 'http://desk.example'],
    ['desk.example:80', 'http://desk.example'],
    ['desk.example:80', 'http://desk.example:80'],
    ['[::1]', 'http://[::1]'],
  ])('lets in %s from %s', (host, origin) => expect(admissionOf(host, origin)).toBe('granted'))

  test.each([
    ['evil.example', 'http://evil.example'],
    ['desk.example', 'http://evil.example'],
    ['desk.example', 'https://desk.example'],
    ['desk.example', 'http://desk.example:8080'],
    ['desk.example:8080', 'http://desk.example:8080'],
    ['desk.example:80:80', 'http://desk.example:80:80'],
  ])('refuses %s from %s', (host, origin) => expect(admissionOf(host, origin)).toBe('refused'))
})

const withoutCookie = (path: string) => page.get(path, { host: `127.0.0.1:${page.port}` })

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'permissions-policy': 'microphone=(self)',
  'cache-control': 'no-store',
}

test('the token opens the page once, by a cookie that no script reads and no other site sends', async () => {
  expect(await withoutCookie(`/?token=${page.token}`)).toEqual({
    status: 303,
    headers: {
      ...securityHeaders,
      ...{ location: '/', connection: 'close', 'content-length': '0', date: expect.any(String) },
      'set-cookie': [`switchboard-${page.port}=${page.token}; HttpOnly; SameSite=Strict; Path=/`],
    },
    body: '',
  })
  // Who is let in already does not keep it in the address either.
  const again = await page.get(`/?token=${page.token}`)
  expect([again.status, again.headers.location]).toEqual([303, '/'])
})

test.each([
  ['another', () => 'A'.repeat(32)],
  ['a shorter', () => page.token.slice(0, -1)],
  ['a longer', () => `${page.token}A`],
  ['none', () => ''],
])('%s token in the address is refused, and gives no cookie', async (_, offered) => {
  const { status, body, headers } = await withoutCookie(`/?token=${offered()}`)
  expect({ status, body, cookie: headers['set-cookie'] }).toEqual({ ...refused, cookie: undefined })
})

test.each([
  '//evil.example',
  '/\\\\evil.example',
  '/.//evil.example',
  '/%2f/evil.example',
  '/stately/../..//evil.example',
  'http://evil.example/',
])('the token with the path %s leads nowhere but to the page', async (path) => {
  const { status, headers } = await withoutCookie(`${path}?token=${page.token}`)
  expect([status, headers.location]).toEqual([303, '/'])
})

const places = [
  '/',
  '/stately',
  '/page/main.js',
  '/page/styles/tokens.css',
  '/page/vendor/lit-html/lit-html.js',
  '/api/calls/x',
  '/nowhere',
]

test.each(places)('%s has the headers that keep others out, and no token', async (path) => {
  const { headers, body } = await page.get(path)
  const expected = {
    ...securityHeaders,
    ...(path === '/stately' ? { 'content-security-policy': expect.any(String) } : {}),
  }
  expect(headers).toMatchObject(expected)
  expect(JSON.stringify(headers) + body).not.toContain(page.token)
})

test('what is refused has those headers too, and no token', async () => {
  const { headers, body } = await send('GET', { cookie: undefined })
  expect(headers).toMatchObject(securityHeaders)
  expect(JSON.stringify(headers) + body).not.toContain(page.token)
})

test.each([
  '/page/../../package.json',
  '/page/..%2f..%2fpackage.json',
  '/page/%2e%2e/%2e%2e/package.json',
  '/page/%252e%252e/package.json',
  '/page/..\\..\\package.json',
  '/page/styles/../../../../package.json',
  '/page/styles/..%2ftokens.css',
  '/page/vendor/lit-html/../ws/index.js',
  '/page/vendor/lit-html/..%2f..%2fws%2findex.js',
  '/page/vendor/ws/package.json',
  '/page//etc/passwd',
  '/page/main.ts',
  '/page/main.js.map',
  '/page/main.js%00.css',
  '/etc/passwd',
  '/package.json',
  '/api/calls/..%2f..%2fpackage.json',
  '/%',
  '/api/calls/%',
  '/api/calls/%ff',
])('there is no %s', async (path) => {
  const { status, headers, body } = await page.get(path)
  expect([status, headers['content-type']]).toEqual([404, 'application/json; charset=utf-8'])
  expect(JSON.parse(body)).toEqual({ error: { message: expect.any(String) } })
})

test.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])(
  '%s is no method of the page',
  async (method) => {
    const { status, body } = await ask(page.port, { method, path: '/', headers: page.headers })
    expect({ status, body: JSON.parse(body) }).toEqual({
      status: 405,
      body: { error: { message: 'There is GET and POST.' } },
    })
  },
)

const addresses = Object.values(networkInterfaces()).flatMap((all = []) =>
  all.flatMap(({ address, family, internal }) => (family === 'IPv4' && !internal ? address : [])),
)

test.runIf(addresses.length > 0)('no other address of this machine leads to the page', async () => {
  for (const address of addresses) {
    const reached = await new Promise<unknown>((resolve) => {
      const socket = connect(page.port, address)
      socket.once('connect', () => resolve('connected')).once('error', (error) => resolve(error))
      onTestFinished(() => void socket.destroy())
    })
    expect(reached, address).toMatchObject({ code: 'ECONNREFUSED' })
  }
})
