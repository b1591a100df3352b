import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { expect, onTestFinished, test } from 'vitest'
import { call, program, searchOf, startHttp } from './support.ts'

function start(name: 'web' | 'mail', args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [program(name), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return child
}

async function firstLine(stream: Readable | null): Promise<string> {
  if (stream === null) throw new Error('no stream')
  const [line] = await once(createInterface(stream), 'line')
  return String(line)
}

async function allOutput(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk) => {
    out += String(chunk)
  })
  child.stderr?.on('data', (chunk) => {
    err += String(chunk)
  })
  await once(child, 'close')
  return { code: child.exitCode, out, err }
}

async function startListening(name: 'web' | 'mail', env: Record<string, string> = {}) {
  const child = start(name, ['--http'], env)
  const line = await firstLine(child.stderr)
  expect(line).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\/mcp$/)
  return { child, url: line.replace('listening on ', '') }
}

async function connectHttp(
  url: string,
): Promise<{ client: Client; transport: StreamableHTTPClientTransport }> {
  const client = new Client({ name: 'test', version: '1' })
  const transport = new StreamableHTTPClientTransport(new URL(url))
  await client.connect(transport as Transport)
  onTestFinished(() => client.close())
  return { client, transport }
}

test('two sessions at once: each answer goes to its own client', async () => {
  const searxng = await startHttp((incoming, response) => {
    const query = new URL(incoming.url ?? '', 'http://x').searchParams.get('q') ?? ''
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ results: [{ title: query, url: `https://example.com/${query}` }] }))
  })
  const { url } = await startListening('web', { SEARXNG_URL: searxng.url })
  const one = await connectHttp(url)
  const other = await connectHttp(url)
  expect(one.transport.sessionId).not.toBe(other.transport.sessionId)

  const queries = [...Array(50).keys()].flatMap((number) => [`one${number}`, `other${number}`])
  const titles = await Promise.all(
    queries.map(async (query) => {
      const { client } = query.startsWith('one') ? one : other
      return searchOf(await call(client, 'search_web', { query })).results[0]?.title
    }),
  )

  expect(titles).toEqual(queries)
})

test('a session that one client ends is gone, the other goes on', async () => {
  const { url } = await startListening('mail')
  const one = await connectHttp(url)
  const other = await connectHttp(url)
  const ended = one.transport.sessionId ?? ''

  await one.transport.terminateSession()

  const gone = await fetch(url, {
    method: 'POST',
    headers: { ...mcpHeaders, 'mcp-session-id': ended },
    body: ping,
  })
  expect([gone.status, await gone.json()]).toEqual([
    404,
    { jsonrpc: '2.0', error: { code: -32001, message: 'Session not found' }, id: null },
  ])
  expect((await other.client.listTools()).tools.map(({ name }) => name)).toEqual([
    'draft_email',
    'send_email',
  ])
})

const mcpHeaders = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })

test('a request without a session that does not open one is refused', async () => {
  const { url } = await startListening('mail')

  expect((await fetch(url, { method: 'POST', headers: mcpHeaders, body: ping })).status).toBe(400)
  expect(
    (await fetch(new URL('/other', url), { method: 'POST', headers: mcpHeaders, body: ping })).status,
  ).toBe(404)
})

test('a foreign Host or Origin is refused', async () => {
  const { url } = await startListening('mail')
  const { port } = new URL(url)
  const status = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      request(url, { method: 'POST', headers: { ...mcpHeaders, ...headers } })
        .on('response', (response) => {
          response.resume()
          resolve(response.statusCode)
        })
        .on('error', reject)
        .end(ping)
    })

  expect(await status({ host: 'evil.example' })).toBe(403)
  expect(await status({ host: `evil.example:${port}` })).toBe(403)
  expect(await status({ origin: 'https://evil.example' })).toBe(403)
  expect(await status({ origin: 'null' })).toBe(403)
  expect(await status({ origin: `http://localhost:${port}` })).toBe(400)
  expect(await status({ host: `localhost:${port}` })).toBe(400)
})

test('a port that is in use: one line and exit code 2', async () => {
  const { host } = await startHttp(() => undefined)
  const port = host.split(':')[1] ?? ''

  expect(await allOutput(start('web', ['--http', '--port', port]))).toEqual({
    code: 2,
    out: '',
    err: `web: port ${port} is already in use\n`,
  })
})

test.each([
  [['--port', '3000'], 'mail: --port needs --http\n'],
  [['--http', '--port', '70000'], 'mail: --port needs a number from 0 to 65535\n'],
  [['--http', '--port', ''], 'mail: --port needs a number from 0 to 65535\n'],
  [['--htpt'], "mail: Unknown option '--htpt'\n"],
  [['--auth', 'http://127.0.0.1:1'], 'mail: --auth needs --http\n'],
  [['--http', '--auth', 'x'], 'mail: --auth needs the http(s) address of an authorization server\n'],
])('wrong options %j: one line and exit code 2', async (args, err) => {
  expect(await allOutput(start('mail', args))).toEqual({ code: 2, out: '', err })
})

test.each([
  ['web' as const, 'BRAVE_API_KEY'],
  ['mail' as const, 'SMTP_URL'],
])('%s --help names the options and the environment', async (name, variable) => {
  const { code, out, err } = await allOutput(start(name, ['--help']))

  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain(`Usage: node ${name}.js [--http [--port N] [--auth ISSUER]]`)
  expect(out).toContain(variable)
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends a listening server with an open stream',
  async (signal) => {
    const { child, url } = await startListening('web')
    await connectHttp(url)

    child.kill(signal)

    expect(await once(child, 'exit')).toEqual([0, null])
  },
)

const initialize = `${JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
})}\n`

test.each(['EOF', 'SIGTERM', 'SIGINT'] as const)('%s ends a server on stdio', async (how) => {
  const child = spawn(process.execPath, [program('mail')], { env: {}, stdio: ['pipe', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const output = allOutput(child)
  const answered = firstLine(child.stdout)
  child.stdin.write(initialize)
  expect(await answered).toContain('"name":"mail"')

  if (how === 'EOF') child.stdin.end()
  else child.kill(how)

  expect(await output).toMatchObject({ code: 0, err: '' })
})

test('a server whose reader went away ends without a stack trace', async () => {
  const child = spawn(process.execPath, [program('mail')], { env: {}, stdio: ['pipe', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const answered = firstLine(child.stdout)
  child.stdin.write(initialize)
  await answered
  let err = ''
  child.stderr.on('data', (chunk) => {
    err += String(chunk)
  })

  child.stdin.on('error', () => undefined)
  child.stdout.destroy()
  child.stdin.write(`${ping}\n`)

  expect(await once(child, 'exit')).toEqual([0, null])
  expect(err).toBe('')
})
