import { createServer, type RequestListener } from 'node:http'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { beforeAll, expect, test } from 'vitest'
import { listen, unusedPort } from '../support/listen.ts'
import { type Answer, call, connectStdio, searchOf, sharedStdio, startHttp } from './support.ts'

const json =
  (body: unknown, status = 200): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }

const braveAnswer = {
  type: 'search',
  web: {
    results: [
      {
        title: 'State &amp; machines',
        url: 'https://example.com/states',
        description: 'About <strong>state machines</strong>.',
        age: '1 day',
      },
      { title: 'A script', url: 'javascript:alert(1)', description: '' },
      { title: 'Second', url: 'https://example.org/', description: 'More\u202e text' },
    ],
  },
}

/** What the shared search service and pages do, in the test that runs. */
let service: RequestListener
let shared: { url: string; host: string }
beforeAll(async () => {
  const server = createServer((request, response) => service(request, response))
  shared = await listen(server)
  return () => {
    server.close()
    server.closeAllConnections()
  }
})
const environment = () => ({
  SEARXNG_URL: `${shared.url}/searx`,
  ALLOWED_HOSTS: shared.host,
  DOCUMENTS_DIR: '.',
})
const patient = sharedStdio('web', environment)
const impatient = sharedStdio('web', () => ({ ...environment(), UPSTREAM_TIMEOUT_MS: '1000' }))
const clientFor = (text: string) => (text.includes('1 second') ? impatient() : patient())

test('Brave is asked with the key, and named with each result', async () => {
  const brave = await startHttp(json(braveAnswer))
  const client = await connectStdio('web', {
    BRAVE_API_KEY: 'key-1',
    BRAVE_URL: brave.url,
    SEARXNG_URL: `http://127.0.0.1:${await unusedPort()}`,
  })

  const answer = await call(client, 'search_web', { query: 'state machines' })

  expect(brave.requests.map(({ url, headers }) => [url, headers['x-subscription-token']])).toEqual([
    ['/res/v1/web/search?q=state+machines&count=5', 'key-1'],
  ])
  expect(answer.text.split('\n')).toEqual([
    'I found 2 pages about state machines with Brave Search. ' +
      'The first is "State & machines" on example.com: About state machines. ' +
      'The second is "Second" on example.org: More text.',
    '1. State & machines (Brave Search): https://example.com/states',
    '2. Second (Brave Search): https://example.org/',
  ])
  expect(searchOf(answer)).toEqual({
    query: 'state machines',
    source: 'Brave Search',
    results: [
      { title: 'State & machines', url: 'https://example.com/states', snippet: 'About state machines.' },
      { title: 'Second', url: 'https://example.org/', snippet: 'More text' },
    ],
  })
})

test('SearXNG is asked when there is no Brave key, below its path', async () => {
  const searxng = await startHttp(
    json({ results: [{ title: 'One', url: 'https://example.com/', content: null, engine: 'x' }] }),
  )
  const client = await connectStdio('web', { BRAVE_API_KEY: '', SEARXNG_URL: `${searxng.url}/searx/` })

  const answer = await call(client, 'search_web', { query: 'voice agents' })

  expect(searxng.requests.map(({ url }) => url)).toEqual(['/searx/search?q=voice+agents&format=json'])
  expect(answer.text.split('\n')).toEqual([
    'I found 1 page about voice agents with SearXNG. The first is "One" on example.com.',
    '1. One (SearXNG): https://example.com/',
  ])
})

test.each<[string, RequestListener, string]>([
  ['an HTTP error', json({}, 429), 'SearXNG refused the search with HTTP status 429.'],
  [
    'a redirect',
    (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    'SearXNG refused the search with HTTP status 302.',
  ],
  ['HTML', (_, response) => response.end('<html>'), 'SearXNG answered with something that is not JSON.'],
  ['another JSON', json({ results: 'none' }), 'SearXNG answered with something that is no list of results.'],
  [
    'a cut connection',
    (request) => request.socket.destroy(),
    'SearXNG cannot be reached (UND_ERR_SOCKET). Nothing was found.',
  ],
  ['silence', () => undefined, 'SearXNG did not answer within 1 second. Nothing was found.'],
])('a search service that answers with %s is an error, without a fallback', async (_, listener, text) => {
  service = listener

  const answer = await call(await clientFor(text), 'search_web', { query: 'voice agents' })

  expect(answer).toEqual({ text, isError: true, structured: undefined })
})

test('a search service that is not there is an error that shows no password', async () => {
  const client = await connectStdio('web', {
    SEARXNG_URL: `http://user:canary@127.0.0.1:${await unusedPort()}`,
  })

  expect((await call(client, 'search_web', { query: 'voice agents' })).text).toBe(
    'SearXNG cannot be reached (ECONNREFUSED). Nothing was found.',
  )
})

test('a page that was found is read as text', async () => {
  const answer = await readPage('/redirect', (request, response) => {
    if (request.url === '/redirect') return response.writeHead(301, { location: '/page' }).end()
    response.writeHead(200, { 'content-type': 'text/html; charset=iso-8859-1' })
    response.end(
      Buffer.from('<title>Caf\xe9</title><style>p{}</style><h1>Hi</h1><p>One &lt;two&gt;</p>', 'latin1'),
    )
  })

  expect(answer.text).toBe(`This is "Café" at ${shared.url}/page.\n\nHi\nOne <two>`)
})

test('of a page that never ends, the first megabyte is read', async () => {
  const answer = await readPage('/', (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    const write = () => {
      while (!response.destroyed && response.write('word '.repeat(1_000)));
    }
    response.on('drain', write)
    write()
  })

  expect(answer.text.slice(0, 100)).toContain('It is long; this is its beginning.\n\nword word')
  expect(answer.text.length).toBeLessThan(21_000)
})

test.each<[string, RequestListener, string]>([
  [
    'is missing',
    (_, response) => response.writeHead(404).end(),
    'HOST refused the page with HTTP status 404.',
  ],
  [
    'is no text',
    (_, response) => response.writeHead(200, { 'content-type': 'application/pdf' }).end('%PDF'),
    'It is application/pdf, which is no text.',
  ],
  [
    'redirects to a file',
    (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    'Only http and https pages are read, not file:',
  ],
  [
    'redirects in a circle',
    (_, response) => response.writeHead(302, { location: '/' }).end(),
    'HOST redirects more than 5 times.',
  ],
  ['never answers', () => undefined, 'HOST did not answer within 1 second.'],
])('a page that %s is an error that says so', async (_, listener, reason) => {
  expect(await readPage('/', listener, await clientFor(reason))).toEqual({
    text: `The page was not read. ${reason.replace('HOST', shared.host)}`,
    isError: true,
    structured: undefined,
  })
})

test('neither a result nor a redirect leads to a private address', async () => {
  const canary = await startHttp((_, response) => response.end('secret'))
  const port = canary.host.split(':')[1]
  const targets = [
    `http://127.0.0.1:${port}/`,
    `http://localhost:${port}/`,
    `http://[::1]:${port}/`,
    `http://[::ffff:127.0.0.1]:${port}/`,
    `http://2130706433:${port}/`,
    `http://0x7f.1:${port}/`,
    `http://0:${port}/`,
    'http://169.254.169.254/',
    'http://10.0.0.1/',
    'http://[fd00::1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://100.64.0.1/',
  ]
  const redirecting = await startHttp((request, response) => {
    const target = targets[Number(request.url?.slice(1))] ?? ''
    response.writeHead(302, { location: target }).end()
  })
  const redirects = targets.map((_, position) => `${redirecting.url}/${position}`)
  const searxng = await startHttp((request, response) => {
    const position = Number(new URL(request.url ?? '', 'http://x').searchParams.get('q'))
    const url = [...targets, ...redirects][position] ?? ''
    json({ results: [{ title: 'x', url }] })(request, response)
  })
  const client = await connectStdio('web', { SEARXNG_URL: searxng.url, ALLOWED_HOSTS: redirecting.host })

  for (const position of [...targets, ...redirects].keys()) {
    const [result] = searchOf(await call(client, 'search_web', { query: String(position) })).results
    const answer = await call(client, 'fetch_page', { url: result?.url ?? '' })
    expect(answer.text).toMatch(/^The page was not read\. \S+ (?:is|has) a private address\.$/)
    expect(answer.isError).toBe(true)
  }

  expect(redirecting.requests).toHaveLength(targets.length)
  expect(canary.requests).toEqual([])
})

/** What comes of fetching `path` of a host that answers like this, after a search has found it. */
async function readPage(path: string, pages: RequestListener, client?: Client): Promise<Answer> {
  const url = `${shared.url}${path}`
  const found = json({ results: [{ title: 'Page', url }] })
  service = (request, response) =>
    request.url?.startsWith('/searx/') ? found(request, response) : pages(request, response)
  const reader = client ?? (await patient())
  await call(reader, 'search_web', { query: 'page' })
  return call(reader, 'fetch_page', { url })
}
