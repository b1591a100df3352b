import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { SignInError } from '../../../src/registry/sign-ins.ts'
import { until } from '../../support/until.ts'
import { idOf, noSignIns, type Service, startService } from './service.ts'

let service: Service
let id: string
const url = 'https://mcp.example.com/mcp'
beforeAll(async () => {
  service = await startService({
    limits: { maxServersPerUser: 1_000 },
    parts: {
      signIns: {
        ...noSignIns,
        begin: async () => {
          throw new SignInError('not_needed', 'It asks for no sign-in.')
        },
        finish: async () => {
          throw new SignInError('unknown_flow', 'No such sign-in was begun.')
        },
      },
    },
  })
  id = idOf(await service.ask('POST', '/servers', { as: 'anna', body: { name: 'kept', url } }))
})
afterAll(() => service.close())

const injections = ["'; drop table servers; --", "' or '1'='1", '"; select pg_sleep(9); --', '\\x27', '%27']

test('SQL in any field is text, or refused; nothing else happens to it', async () => {
  const { ask, agent, operator } = service
  const userId = "anna'; drop table servers; --"
  for (const text of injections) {
    const path = encodeURIComponent(text)
    const answers = await Promise.all([
      ask('POST', '/servers', { as: 'anna', body: { name: text, url } }),
      ask('POST', '/servers', { as: 'anna', body: { name: 'x', url: text } }),
      ask('POST', '/servers', { as: 'anna', body: { name: 'x', url, templateId: text } }),
      ask('POST', '/servers', { as: 'anna', body: { name: 'x', url, headers: { [text]: 'x' } } }),
      ask('PATCH', `/servers/${id}`, { as: 'anna', body: { tools: { include: [text] } } }),
      ask('PATCH', `/servers/${id}`, { as: 'anna', body: { headers: { 'x-key': text } } }),
      ask('PATCH', `/servers/${id}`, { as: 'anna', body: { url: `${url}?q=${text}` } }),
      ask('PUT', '/servers/order', { as: 'anna', body: { ids: [text] } }),
      ask('GET', `/servers/${path}`, { as: 'anna' }),
      ask('GET', `/servers?cursor=${path}`, { as: 'anna' }),
      ask('GET', `/audit?limit=${path}`, { as: 'anna' }),
      ask('POST', '/templates', { as: operator, body: { name: 'x', url, description: text } }),
      ask('DELETE', `/templates/${path}`, { as: operator }),
      ask('GET', `/agent/users/${path}/servers`, { as: agent }),
      ask('PUT', `/agent/users/${encodeURIComponent(userId)}/statuses`, {
        ...{ as: agent, body: { servers: [{ id, status: 'ready', functions: [text], problem: text }] } },
      }),
      ask('GET', `/oauth/callback?code=${path}&state=${path}&iss=${path}`, { headers: { cookie: text } }),
    ])
    expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([])
  }
  expect(await ask('GET', `/servers/${id}`, { as: 'anna' })).toMatchObject({
    status: 200,
    body: { name: 'kept' },
  })
})

test('any JSON on any route that takes some is refused as such, or taken', async () => {
  const { ask, agent, operator } = service
  const routes: [string, string, string][] = [
    ['POST', '/servers', 'fuzzer'],
    ['PATCH', `/servers/${id}`, 'fuzzer'],
    ['PUT', '/servers/order', 'fuzzer'],
    ['POST', `/servers/${id}/test`, 'fuzzer'],
    ['POST', `/servers/${id}/sign-in`, 'fuzzer'],
    ['POST', `/servers/${id}/sign-out`, 'fuzzer'],
    ['POST', '/templates', operator],
    ['POST', `/agent/users/fuzzer/servers/${id}/refusal`, agent],
    ['PUT', '/agent/users/fuzzer/statuses', agent],
  ]
  const keys = fc.constantFrom(
    ...['name', 'url', 'headers', 'enabled', 'tools', 'include', 'ids', 'servers', 'id', 'status'],
    ...[
      'functions',
      'version',
      'challenge',
      'needs',
      'kind',
      'description',
      'command',
      '__proto__',
      'constructor',
    ],
  )
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom<unknown>(null, true, 0, -1, 1e308, '', url, '\0', '\ud800', 'ready', 401, id),
      fc.string({ unit: 'binary' }),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(keys, tie('json'), { maxKeys: 5 }),
    ),
  }))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...routes), json, async ([method, path, as], body) => {
      const answer = await ask(method, path, { as, body })
      const isRefused = [400, 404, 409].includes(answer.status)
      expect({ path, body, is: isRefused || [200, 201, 204].includes(answer.status) }).toEqual({
        path,
        body,
        is: true,
      })
      if (isRefused) expect(answer.headers.get('content-type')).toBe('application/problem+json')
    }),
    { numRuns: 150 },
  )
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  for (const [method, path, as] of routes) {
    expect((await ask(method, path, { as, text: deep })).status).toBe(400)
    expect((await ask(method, path, { as, text: `{"tools":${deep.slice(8)}` })).status).toBe(400)
  }
})

/** Says what it is told, and keeps what it hears. */
async function speak(
  { url }: Pick<Service, 'url'>,
  text: string,
): Promise<{ socket: Socket; heard: () => string; closed: Promise<unknown> }> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  let told = ''
  socket.on('data', (chunk: Buffer) => {
    told += chunk.toString()
  })
  await once(socket, 'connect')
  socket.write(text)
  return { socket, heard: () => told, closed }
}

async function head(lines: string[]): Promise<string> {
  const token = await service.provider.token('slow')
  return [
    ...['POST /api/mcp/servers HTTP/1.1', 'Host: x', `Authorization: Bearer ${token}`],
    ...['Content-Type: application/json', ...lines, '', ''],
  ].join('\r\n')
}

test('a body of ten megabytes is refused before it is read', async () => {
  const whole = await service.ask('POST', '/servers', { as: 'anna', text: 'x'.repeat(10_000_000) })
  expect(whole).toMatchObject({
    status: 413,
    body: { status: 413, detail: 'The body is too large; send at most 64000 bytes.' },
  })
  const announced = await speak(service, await head(['Content-Length: 10000000']))
  await until(() => announced.heard().includes('HTTP/1.1 413'), 'the refusal of what was announced')
  const chunked = await speak(service, await head(['Transfer-Encoding: chunked']))
  chunked.socket.write(`11170\r\n${'x'.repeat(70_000)}\r\n`)
  await until(() => chunked.heard().includes('HTTP/1.1 413'), 'the refusal of what never ends')
  for (const { heard, socket } of [announced, chunked]) {
    expect(heard()).toMatch(/^Connection: close\r$/im)
    await until(() => socket.closed, 'the end of the connection')
  }
})

test('clients that are slow are let go, and others are answered meanwhile', async () => {
  const hasty = await startService({
    server: { headersTimeoutMs: 500, requestTimeoutMs: 6_000 },
    provider: service.provider,
  })
  onTestFinished(() => hasty.close())
  const slowHead = 'GET /api/mcp/servers HTTP/1.1\r\nHost: x\r\nX-Slow: '
  const slowBody = `${await head(['Content-Length: 100'])}{"name":`
  const slow = await Promise.all(
    Array.from({ length: 100 }, (_, at) => speak(hasty, at % 2 === 0 ? slowHead : slowBody)),
  )
  const drip = setInterval(() => {
    for (const { socket } of slow) if (!socket.destroyed) socket.write('a')
  }, 100)
  onTestFinished(() => clearInterval(drip))
  expect(await hasty.ask('GET', '/servers', { as: 'berta' })).toMatchObject({ status: 200 })
  const [heads, bodies] = [0, 1].map((rest) => slow.filter((_, at) => at % 2 === rest))
  await Promise.all(heads?.map(({ closed }) => closed) ?? [])
  // Who has said enough to be known has longer; the answer was there before that is over.
  expect(bodies?.filter(({ socket }) => socket.closed)).toEqual([])
  await Promise.all(slow.map(({ closed }) => closed))
  expect(slow.filter(({ heard }) => !heard().startsWith('HTTP/1.1 408'))).toEqual([])
})

test('a flood of one user, or of strangers, is held back; other users are answered', async () => {
  const limits = { requestsPerMinute: 30, strangersRequestsPerMinute: 20 }
  const small = await startService({ limits, provider: service.provider })
  onTestFinished(() => small.close())
  const as = `Bearer ${await service.provider.token('anna')}`
  const flood = await Promise.all(Array.from({ length: 100 }, () => small.ask('GET', '/servers', { as })))
  const counts = (answers: { status: number }[]) =>
    Object.fromEntries(
      [...new Set(answers.map(({ status }) => status))]
        .sort()
        .map((status) => [status, answers.filter((answer) => answer.status === status).length]),
    )
  expect(counts(flood)).toEqual({ 200: 30, 429: 70 })
  const held = flood.find(({ status }) => status === 429)
  expect(held?.body).toMatchObject({ type: 'urn:switchboard:problem:too_many_requests', status: 429 })
  expect(Number(held?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await small.ask('GET', '/servers', { as: 'berta' })).toMatchObject({ status: 200 })
  // One agent asks for many users.
  for (const user of ['anna', 'berta']) {
    const path = `/agent/users/${user}/servers`
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => small.ask('GET', path, { as: small.agent })),
    )
    expect(counts(answers)).toEqual({ 200: 25 })
  }

  const strangers: { status: number }[] = []
  for (let at = 0; at < 30; at++)
    strangers.push(await small.ask('GET', '/servers', { as: `Bearer x${at}.y.z` }))
  expect(counts(strangers)).toEqual({ 401: 20, 429: 10 })
  expect(await small.ask('GET', '/livez')).toMatchObject({ status: 200, body: { alive: true } })
})
