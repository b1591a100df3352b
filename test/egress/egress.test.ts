import { lookup as systemLookup } from 'node:dns'
import { createServer } from 'node:http'
import type { LookupFunction } from 'node:net'
import { gzipSync } from 'node:zlib'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { customFetch, discoveryRequest } from 'oauth4webapi'
import { buildConnector } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { checkUrl } from '../../src/egress/check-url.ts'
import { guardedConnector } from '../../src/egress/guarded-connector.ts'
import { createGuardedFetch, type GuardedFetchOptions } from '../../src/egress/guarded-fetch.ts'
import { EgressRefused, refusalIn } from '../../src/egress/refused.ts'
import { listen } from '../support/listen.ts'
import { openStream, RawServer, resultOf } from '../support/raw-http.ts'

const nobody = { allowHosts: [] }
const publicAddress = { address: '93.184.216.34', family: 4 }
const loopback = { address: '127.0.0.1', family: 4 }
let hits: string[] = []
let connections = 0
let port = 0
const canary = createServer((request, response) => {
  hits.push(request.url ?? '')
  if (request.url === '/away') response.writeHead(302, { location: '/landed' }).end()
  else if (request.url === '/slow') response.write('a')
  else if (request.url === '/empty') response.writeHead(204).end()
  else if (request.url === '/bomb')
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(200_000)))
  else response.end(`{"host":"${request.headers.host}"}`)
}).on('connection', () => connections++)

beforeAll(async () => {
  port = (await listen(canary)).port
})
beforeEach(() => {
  hits = []
  connections = 0
})
afterAll(() => {
  canary.close()
  canary.closeAllConnections()
})

function guarded(allowHosts: string[], options: GuardedFetchOptions = {}) {
  const { fetch, close } = createGuardedFetch({ allowHosts }, options)
  onTestFinished(close)
  return fetch
}

async function refusalOf(asked: Promise<unknown>): Promise<EgressRefused> {
  const refusal = refusalIn(await asked.catch((error: unknown) => error))
  if (refusal === undefined) throw new Error('it was not refused')
  return refusal
}

/** One answer after another; the last one stays. */
function resolver(...answers: { address: string; family: number }[][]): LookupFunction {
  let asked = 0
  return (_hostname, _options, callback) => {
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? []
    callback(null, answer)
  }
}

describe('no spelling of a private address is asked', () => {
  const spellings = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0',
    '127.0.0.1.',
    '%31%32%37.0.0.1',
    '127。0。0。1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::127.0.0.1]',
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    '169.254.169.254',
    '100.64.0.1',
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '[fd00::1]',
    '[fe80::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    'metadata.google.internal',
    'printer.local',
  ]
  test.each(spellings)('%s', async (host) => {
    const fetch = guarded([])
    const ofHttps = await refusalOf(fetch(`https://${host}:${port}/`))
    const ofHttp = await refusalOf(fetch(`http://${host}:${port}/`))
    expect([ofHttps.code, ofHttp.reason]).toEqual(['EGRESS_REFUSED', 'is not https'])
    expect(connections).toBe(0)
  })
})

test('an address that a name turns out to have is checked, each of them and each time', async () => {
  const mixed = guarded([], { lookup: resolver([publicAddress, loopback]) })
  expect((await refusalOf(mixed(`https://example.com:${port}/`))).message).toBe(
    'example.com may not be asked: it is not at a public address',
  )
  // Public when it was looked at first, private when it counts.
  const lookup = resolver([publicAddress], [loopback])
  await new Promise((resolve) => lookup('example.com', {}, resolve))
  await refusalOf(guarded([], { lookup })(`https://example.com:${port}/`))
  await refusalOf(guarded([], { lookup: resolver([]) })(`https://example.com:${port}/`))
  await refusalOf(guarded([], { lookup: systemLookup })(`https://localhost:${port}/`))
  const wellKnown = [{ address: '64:ff9b::7f00:1', family: 6 }]
  await refusalOf(guarded([], { lookup: resolver(wellKnown) })(`https://example.com:${port}/`))
  expect(connections).toBe(0)
})

test('a connection that ended elsewhere than where the names said is dropped before a byte of the request', async () => {
  // As a resolver would that changes between look-up and connect, were the connector not to pin what it checked.
  const connect = guardedConnector(nobody, systemLookup, () => {
    const open = buildConnector({})
    return (options, callback) => open({ ...options, protocol: 'http:', hostname: '127.0.0.1' }, callback)
  })
  const options = { hostname: 'example.com', protocol: 'https:', port: String(port) }
  const answer = await new Promise<unknown[]>((resolve) => connect(options, (...all) => resolve(all)))
  expect(answer).toEqual([new EgressRefused('example.com', 'is not at a public address'), null])
  const literal = { hostname: '[::ffff:7f00:1]', protocol: 'https:', port: String(port) }
  const refused = await new Promise<unknown[]>((resolve) => connect(literal, (...all) => resolve(all)))
  expect(refused).toEqual([new EgressRefused('::ffff:7f00:1', 'is not at a public address'), null])
  expect([hits, connections]).toEqual([[], 1])
})

test('a host that the operator names is asked, at its port only, over plain HTTP and at any address', async () => {
  const host = `127.0.0.1:${port}`
  const fetch = guarded([host, 'tools.example'], { lookup: resolver([loopback]) })
  expect(await (await fetch(`http://${host}/`)).json()).toEqual({ host })
  const named = await fetch(new URL(`http://TOOLS.example:${port}/named`), { method: 'POST', body: 'x' })
  expect(await named.json()).toEqual({ host: `tools.example:${port}` })
  expect((await fetch(`http://${host}/empty`)).status).toBe(204)
  await refusalOf(fetch(`http://127.0.0.1:${port === 65_535 ? 1 : port + 1}/`))
  await refusalOf(fetch(`http://sub.tools.example:${port}/`))
  expect(hits).toEqual(['/', '/named', '/empty'])
})

test('a redirect is told, never followed', async () => {
  const response = await guarded([`127.0.0.1:${port}`])(`http://127.0.0.1:${port}/away`, {
    redirect: 'follow',
  })
  expect([response.status, response.headers.get('location'), hits]).toEqual([302, '/landed', ['/away']])
})

test('what is asked for ends in time and in size, also unpacked', async () => {
  const origin = `http://127.0.0.1:${port}`
  const slow = async () => {
    const response = await guarded([`127.0.0.1:${port}`], { timeoutMs: 300 })(`${origin}/slow`)
    return response.text()
  }
  await expect(slow()).rejects.toMatchObject({ name: 'TimeoutError' })
  const bomb = await guarded([`127.0.0.1:${port}`], { maxResponseBytes: 100_000 })(`${origin}/bomb`)
  await expect(bomb.text()).rejects.toThrow('the response is longer than 100000 bytes')
})

test('a refusal names the host and the rule, and nothing that stands in the URL beside it', async () => {
  const fetch = guarded([])
  const refusal = await refusalOf(fetch(`https://user:hunter2@example.com/path?key=hunter2`))
  expect(refusal.message).toBe('example.com may not be asked: it has a user name or a password in it')
  const long = await refusalOf(fetch(`http://${'a'.repeat(60)}.${'b'.repeat(60)}.example/`))
  expect(long.host.length).toBeLessThan(150)
})

test('it serves as the fetch of oauth4webapi', async () => {
  const asked = discoveryRequest(new URL(`https://127.0.0.1:${port}`), { [customFetch]: guarded([]) })
  expect((await refusalOf(asked)).code).toBe('EGRESS_REFUSED')
})

test('it serves as the fetch of the MCP SDK, answer streams included', async () => {
  const server = await RawServer.start()
  server.handlers.set('tools/call', (response, id) => {
    openStream(response)
    response.end(`event: message\ndata: ${JSON.stringify(resultOf(id))}\n\n`)
  })
  const url = new URL(server.url)
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(url, { fetch: guarded([url.host]) }))
  expect((await client.callTool({ name: 'act' })).content).toEqual([{ type: 'text', text: 'done' }])
  await client.close()
  const other = new Client({ name: 'test', version: '1' })
  await refusalOf(other.connect(new StreamableHTTPClientTransport(url, { fetch: guarded([]) })))
})

test('public names over https pass the check, everything else has its reason', () => {
  const reasons = ['https://example.com/mcp', 'https://93.184.216.34/', 'https://[2606:4700::1111]/'].map(
    (url) => checkUrl(new URL(url), nobody),
  )
  expect(reasons).toEqual([undefined, undefined, undefined])
  const refused = ['file:///etc/passwd', 'javascript:alert(1)', 'https://u@example.com/', 'data:,x']
  expect(refused.map((url) => checkUrl(new URL(url), { allowHosts: ['example.com'] }))).toEqual([
    'is no web address',
    'is no web address',
    'has a user name or a password in it',
    'is no web address',
  ])
  const v6 = { allowHosts: ['[::1]:8080', 'fd00::1', 'example.org:443'] }
  const asked = ['http://[::1]:8080/', 'http://[::1]/', 'https://[fd00::1]:9/', 'https://example.org/']
  expect(asked.map((url) => checkUrl(new URL(url), v6))).toEqual([
    undefined,
    'is not https',
    undefined,
    undefined,
  ])
})
