import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { InspectionEvent } from 'xstate'
import type { JsonObject, ServerState } from '../../src/index.ts'
import { productionDependencies } from '../../src/switchboard/dependencies.ts'
import { run, temporaryFolder } from '../cli/support.ts'
import { unusedPort } from '../support/listen.ts'
import { type Opened, open } from '../support/opened.ts'
import { RawServer } from '../support/raw-http.ts'
import { canary, plainCanary, Search } from './canaries.ts'
import { echo, environment, http, leaky, reference, stdio } from './leaky.ts'

/** Opened with everything recorded that leaves it. */
class Watched {
  readonly search = new Search()
  readonly opened: Opened
  readonly #actors = new Set<InspectionEvent['actorRef']>()
  events = 0

  constructor(mcpServers: JsonObject) {
    const lookAt =
      (what: string) =>
      (...values: unknown[]) => {
        this.search.look(what, values)
        return true
      }
    const warned = lookAt('a process warning')
    process.on('warning', warned)
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      vi.spyOn(console, method).mockImplementation((...values) => void lookAt(`console.${method}`)(...values))
    }
    vi.spyOn(process.stderr, 'write').mockImplementation(lookAt('stderr'))
    onTestFinished(() => {
      process.off('warning', warned)
      vi.restoreAllMocks()
    })
    const policy = { minBackOffMs: 60_000, maxBackOffMs: 60_000, patienceMs: 100, environment }
    this.opened = open(mcpServers, policy, {
      ...productionDependencies(),
      inspect: (event) => {
        this.events += 1
        this.#actors.add(event.actorRef)
        this.search.look(`inspection ${event.type}`, event)
      },
    })
    this.opened.switchboard.subscribe((event) => this.search.look(event.type, event))
  }

  async call(name: string): Promise<void> {
    const outcome = await this.opened.switchboard.call(
      name,
      {},
      { onProgress: (one) => this.look('onProgress', one) },
    )
    expect(outcome.ok, name).toBe(false)
    this.look(`the outcome of ${name}`, outcome)
  }

  look(what: string, value: unknown): void {
    this.search.look(what, value)
    this.search.look(`${what} as JSON`, JSON.stringify(value))
  }

  /** Ends it, and gives where a secret was found. */
  async finish(): Promise<string[]> {
    const { switchboard } = this.opened
    const conversation = switchboard.conversation()
    this.look('tool_status', await conversation.call('tool_status', {}))
    this.look('functions', conversation.functions)
    this.look('the conversation', conversation)
    this.look('servers', switchboard.servers)
    this.look('warnings', switchboard.warnings)
    this.search.look('the switchboard', switchboard)
    for (const actor of this.#actors) {
      this.search.look('a snapshot', actor.getSnapshot())
      if ('getPersistedSnapshot' in actor && typeof actor.getPersistedSnapshot === 'function') {
        const persisted: unknown = actor.getPersistedSnapshot()
        this.search.look('a persisted snapshot', persisted)
        this.search.look('a persisted snapshot as JSON', JSON.stringify(persisted, mapsToo))
      }
    }
    await conversation.end()
    await switchboard.stop()
    expect(this.events).toBeGreaterThan(10)
    expect(this.search.looked).toBeGreaterThan(500)
    return this.search.found
  }
}

function mapsToo(_: string, value: unknown): unknown {
  return value instanceof Map || value instanceof Set ? [...value] : value
}

async function broken(
  entry: JsonObject,
  state: ServerState,
): Promise<{ reason: string | undefined; found: string[] }> {
  const watched = new Watched({ it: entry })
  await watched.opened.untilState('it', state)
  await watched.call('anything')
  const reason = watched.opened.server('it').lastError
  return { reason, found: await watched.finish() }
}

test('the search finds what a server answers, which is its own to tell', async () => {
  const watched = new Watched({ it: stdio('never') })
  await watched.opened.untilReady('it')
  const outcome = await watched.opened.switchboard.call('answer', {})
  expect(outcome).toMatchObject({ ok: true })
  watched.look('the outcome', outcome)

  const found = (await watched.finish()).join('\n')
  for (const place of ['the outcome', 'the outcome as JSON', 'call.ended', 'inspection @xstate.event']) {
    expect(found).toContain(place)
  }
  for (const [name, secret] of Object.entries(environment)) {
    const isGiven = ['IN_ENV', 'IN_ARGS'].includes(name)
    expect(JSON.stringify(outcome).includes(JSON.stringify(JSON.stringify(secret)).slice(3, -3)), name).toBe(
      isGiven,
    )
  }
})

describe('no secret is told of a stdio server that', () => {
  test('writes what it was given and exits at once', async () => {
    const { reason, found } = await broken(stdio('at once'), 'reconnecting')
    expect(reason).toMatch(/^its process ended \(exit code 7\); it wrote: \.{195}\[hidd… \(cut/)
    expect(found).toEqual([])
  })

  test('writes a line that is cut in the middle of a secret', async () => {
    const { reason, found } = await broken(stdio('in a long line'), 'reconnecting')
    expect(reason).toBe('its process ended (exit code 7)')
    expect(found).toEqual([])
  })

  test.each([
    ['cannot be found', { command: `/nowhere/${reference('IN_COMMAND')}` }],
    ['has no folder', { cwd: `/nowhere/${reference('IN_COMMAND')}` }],
    ['cannot be given what holds a null', { args: [`${plainCanary('a')}\u0000${reference('IN_COMMAND')}`] }],
  ])('%s', async (_, different) => {
    const { reason, found } = await broken({ ...stdio('never'), ...different }, 'failed')
    expect(reason).toEqual(expect.any(String))
    expect(found).toEqual([])
  })

  test('repeats it in errors, progress, its log, its name, its tools, garbage, and when it dies', async () => {
    const watched = new Watched({ it: stdio('never') })
    await watched.opened.untilReady('it')
    expect(watched.opened.server('it').rejected.length).toBeGreaterThan(2)
    for (const name of ['fail', 'refuse', 'die']) await watched.call(name)
    expect(watched.opened.events).toContainEqual(expect.objectContaining({ type: 'server.logged' }))
    await watched.opened.untilState('it', 'reconnecting')
    expect(watched.opened.server('it').lastError).toContain('[hidd…')
    expect(await watched.finish()).toEqual([])
  })
})

describe('no secret is told of an HTTP server that', () => {
  const answers: [
    string,
    ServerState,
    string,
    (response: ServerResponse, request: IncomingMessage) => void,
  ][] = [
    [
      '500',
      'reconnecting',
      '"authorization":"[hidden',
      (response, request) => response.writeHead(500).end(echo(request)),
    ],
    [
      '400',
      'reconnecting',
      '"authorization":"[hidden',
      (response, request) => response.writeHead(400).end(echo(request)),
    ],
    [
      '500 with a body that is cut in a secret',
      'reconnecting',
      'cut:',
      (response, request) => response.writeHead(500).end(`${'.'.repeat(900)}${echo(request).repeat(9)}`),
    ],
    [
      '401',
      'unauthorized',
      '401',
      (response, request) =>
        response
          .writeHead(401, { 'www-authenticate': `Bearer error="${request.headers['x-api-key']}"` })
          .end(echo(request)),
    ],
    ['403', 'unauthorized', '403', (response, request) => response.writeHead(403).end(echo(request))],
    [
      'a redirect',
      'reconnecting',
      '',
      (response, request) => response.writeHead(302, { location: `http://0.invalid${request.url}` }).end(),
    ],
    [
      'a redirect to nowhere',
      'reconnecting',
      '',
      (response, request) => response.writeHead(307, { location: `weird:${request.url}` }).end(),
    ],
    [
      'what is no JSON',
      'reconnecting',
      'it is not JSON',
      (response, request) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(request.headers['x-api-key']),
    ],
    [
      'a page',
      'reconnecting',
      '',
      (response, request) => response.writeHead(200, { 'content-type': 'text/html' }).end(echo(request)),
    ],
    [
      'another content type',
      'reconnecting',
      '[hidden]',
      (response, request) =>
        response.writeHead(200, { 'content-type': `a/${request.headers['x-api-key']}` }).end(),
    ],
    ['nothing', 'reconnecting', '', (response) => response.destroy()],
  ]

  test.each(answers)('answers %s', async (_, state, words, answer) => {
    const server = await RawServer.start()
    server.handlers.set('initialize', (response, _, request) => answer(response, request))
    const { reason, found } = await broken(http(server.url), state)
    expect(reason).toContain(words)
    expect(found).toEqual([])
  })

  test('is not there', async () => {
    const { found } = await broken(http(`http://127.0.0.1:${await unusedPort()}/mcp`), 'reconnecting')
    expect(found).toEqual([])
  })

  test('answers calls with it', async () => {
    const server = await RawServer.start()
    const watched = new Watched({ it: http(server.url) })
    await watched.opened.untilReady('it')
    const errors = [
      (text: string) => ({ error: { code: -32001, message: text, data: text } }),
      (text: string) => ({ result: { isError: true, content: [{ type: 'text', text }] } }),
      (text: string) => ({ result: { content: text } }),
    ]
    for (const body of errors) {
      server.handlers.set('tools/call', (response, id, request) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ jsonrpc: '2.0', id, ...body(echo(request)) }))
      })
      await watched.call('act')
    }
    for (const status of [400, 404, 500]) {
      server.handlers.set('tools/call', (response, _, request) =>
        response.writeHead(status).end(echo(request)),
      )
      await watched.call('act')
    }
    expect(watched.opened.events.some((event) => JSON.stringify(event).includes('[hidden]'))).toBe(true)
    expect(await watched.finish()).toEqual([])
  })
})

describe('a change of', () => {
  const server = async (entry: (secret: string) => JsonObject) => {
    const opened = open({ it: entry('first secret') })
    await opened.untilReady('it')
    await opened.switchboard.configure({ mcpServers: { it: entry('first secret') } })
    expect(opened.server('it')).toMatchObject({ state: 'ready', generation: 1 })
    await opened.switchboard.configure({ mcpServers: { it: entry('other secret') } })
    await opened.untilState('it', 'ready', 2)
  }

  test('a header alone replaces the connection', async () => {
    const { url } = await RawServer.start()
    await server((secret) => ({ url, headers: { Authorization: secret } }))
  })

  test('a value of env alone replaces the connection', async () => {
    const entry = { command: process.execPath, args: [leaky, 'never'] }
    await server((secret) => ({ ...entry, env: { A: secret, B: plainCanary('other') } }))
  })
})

test('no secret is told of entries that are wrong', async () => {
  const secret = canary('wrong')
  const watched = new Watched({
    user: { url: `https://${plainCanary('user')}:${plainCanary('password')}@example.invalid/` },
    header: { url: 'http://127.0.0.1:1/', headers: { Authorization: `a\n${secret}` } },
    url: { url: `nowhere ${secret}` },
    both: { command: secret, url: secret },
    args: { command: 'x', args: secret },
    env: { command: 'x', env: secret },
    type: { type: secret, command: 'x' },
    option: { command: 'x', env: { A: secret }, switchboard: { priority: secret } },
    unset: { command: 'x', env: { A: `${secret} ${reference('NOT_SET')}` } },
  })
  await watched.opened.switchboard.settled()
  expect(new Set(watched.opened.switchboard.servers.map(({ state }) => state))).toEqual(new Set(['failed']))
  expect(await watched.finish()).toEqual([])
})

test.each([['text'], ['--json']])(
  'no secret is on the terminal of a rehearsal that fails (%s)',
  async (form) => {
    const folder = await temporaryFolder()
    const file = join(folder, 'mcp.json')
    const server = await RawServer.start()
    server.handlers.set('initialize', (response, _, request) => response.writeHead(500).end(echo(request)))
    const mcpServers = {
      dying: stdio('at once'),
      refusing: http(server.url),
      none: { command: reference('IN_COMMAND') },
    }
    await writeFile(file, JSON.stringify({ mcpServers }))
    const args = ['rehearse', '--config', file, ...(form === '--json' ? ['--json'] : [])]

    const { code, stdout, stderr } = await run(args, { cwd: folder, env: { ...environment, DEBUG: '1' } })

    expect(code).toBe(2)
    expect(stderr).toContain('it wrote: ')
    expect(stdout).toContain('[hidden]')
    const search = new Search()
    search.look('stdout', stdout)
    search.look('stderr', stderr)
    expect(search.found).toEqual([])
  },
)
