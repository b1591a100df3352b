import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WorkerStatus } from '@livekit/protocol'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import { LiveKitStandIn } from '../support/livekit-stand-in.ts'
import { killQuietly } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { run, temporaryFolder } from './support.ts'
import { noLiveKit, someLiveKit, startWorker } from './worker-on-stand-in.ts'
import { WorkerProcess } from './worker-process.ts'

describe('a worker that cannot begin says what to do, in a line for each thing, and begins nothing', () => {
  const cases: [string, string[], NodeJS.ProcessEnv, string[]][] = [
    [
      'without any variable',
      ['--model', 'openai'],
      noLiveKit,
      [
        'LIVEKIT_URL is not set; set it to the address of the LiveKit server, such as wss://example.livekit.cloud',
        'LIVEKIT_API_KEY is not set; set it to the key of the LiveKit project',
        'LIVEKIT_API_SECRET is not set; set it to the secret that belongs to LIVEKIT_API_KEY',
        'OPENAI_API_KEY is not set; set it, or leave out --model openai for the rehearsal',
      ],
    ],
    [
      'with wrong ones',
      [],
      { ...someLiveKit, LIVEKIT_URL: 'example', LOG_LEVEL: 'infos' },
      [
        'LIVEKIT_URL is not the address of a server; write it like wss://example.livekit.cloud',
        'LOG_LEVEL "infos" is none; did you mean "info"?; set it to one of trace, debug, info, warn, error, fatal, silent',
      ],
    ],
    [
      'without its configuration',
      ['--config', '/nowhere/mcp.json'],
      someLiveKit,
      ['/nowhere/mcp.json: no such file; create it, or name another with --config'],
    ],
    [
      'without the agent file',
      ['--agent', '/nowhere/agent.js'],
      someLiveKit,
      ['--agent /nowhere/agent.js: no such file; name the JavaScript file of your agent'],
    ],
    [
      'with two agents',
      ['--agent', 'agent.js', '--model', 'openai'],
      someLiveKit,
      ['--agent agent.js: that file decides what --model says; give one of them'],
    ],
    [
      'with an audit that cannot be written',
      ['--audit', '/nowhere/audit.jsonl'],
      someLiveKit,
      [
        "--audit /nowhere/audit.jsonl: cannot be written (ENOENT: no such file or directory, open '/nowhere/audit.jsonl'); choose another file",
      ],
    ],
    [
      'with arguments for no audit',
      ['--audit-arguments'],
      someLiveKit,
      ['--audit-arguments: there is no audit; add --audit FILE'],
    ],
    [
      'without a key for the registry',
      ['--registry', 'https://tools.example.com'],
      someLiveKit,
      [
        'SWITCHBOARD_REGISTRY_KEY is not set; set it to a key of the registry: switchboard registry key add NAME --role agent',
      ],
    ],
    [
      'with a registry that would be given the key in the open',
      ['--registry', 'http://tools.example.com'],
      { ...someLiveKit, SWITCHBOARD_REGISTRY_KEY: 'sbk_1' },
      ['the registry\'s url "http://tools.example.com" is not https; over http the key could be read'],
    ],
    [
      'with a host that is none',
      ['--allow-host', 'http://tools.internal'],
      someLiveKit,
      [
        "option '--allow-host <host[:port]>' argument 'http://tools.internal' is invalid. Give a host or host:port, such as tools.internal:8443.",
      ],
    ],
    [
      'with a port that is none',
      ['--health-port', '70000'],
      someLiveKit,
      ["option '--health-port <number>' argument '70000' is invalid. Give a port from 0 to 65535."],
    ],
  ]
  test.each(cases)('%s', async (_, args, env, lines) => {
    expect(await run(['worker', ...args], { env })).toEqual({
      code: 2,
      stdout: '',
      stderr: lines.map((line) => `switchboard: ${line}\n`).join(''),
    })
  })

  test.each([
    [
      'that is no JavaScript',
      'export default {',
      /^it cannot be loaded \(SyntaxError: Unexpected end of input\); correct it there$/,
    ],
    [
      'that throws',
      "throw new Error('no key\\nfor it')",
      /^it cannot be loaded \(Error: no key for it\); correct it there$/,
    ],
    [
      'that lacks a package',
      "import 'no-such-package'",
      /^it cannot be loaded \(Error: Cannot find package 'no-such-package' .*\)/,
    ],
    [
      'without an agent',
      'export const agent = {}',
      /^it has no agent as its default export; write: export default defineSwitchboardAgent/,
    ],
    ['that ends its process', 'process.exit(3)', /^it ended the process that loads it$/],
  ])('with an agent file %s', async (_, text, reason) => {
    const agentFile = join(await temporaryFolder(), 'agent.mjs')
    await writeFile(agentFile, text)
    const { code, stderr } = await run(['worker', '--agent', agentFile], { env: someLiveKit })
    const [line = ''] = stderr.split('\n').filter((one) => one.startsWith('switchboard: '))
    const before = `switchboard: --agent ${agentFile}: `
    expect([code, line.slice(0, before.length)]).toEqual([2, before])
    expect(line.slice(before.length)).toMatch(reason)
  })

  test('with a port that somebody has', async () => {
    const { url } = await LiveKitStandIn.start()
    const { port } = new URL(url)
    const { code, stderr } = await run(['worker', '--health-port', port], { env: someLiveKit })
    expect([code, stderr]).toEqual([
      2,
      `switchboard: --health-port ${port}: cannot listen on 127.0.0.1 (listen EADDRINUSE: address already in use 127.0.0.1:${port}); choose another port with --health-port\n`,
    ])
  })
})

test('worker --help tells its options and variables', async () => {
  const { code, stdout } = await run(['worker', '--help'])
  const options = [...stdout.matchAll(/^ {2}(?:-h, )?(--[a-z-]+)/gm)].map(([, name]) => name)
  expect([code, options]).toEqual([
    0,
    [
      ...['--config', '--proxy', '--proxy-token-file', '--model', '--instructions', '--registry'],
      ...['--allow-host', '--agent', '--agent-name', '--timeline', '--audit'],
      ...['--audit-arguments', '--health-port', '--health-host', '--idle-processes', '--max-load', '--drain'],
      '--help',
    ],
  ])
  expect(stdout).toMatch(/LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET .*required/)
})

describe('a worker', () => {
  test('registers under its name, takes a job, none while it drains, and ends in time although the room never answers', async () => {
    const standIn = await LiveKitStandIn.start({ rooms: 'silent' })
    const worker = await startWorker(
      standIn,
      { bank: new TestServer('--ignore-end').stdio() },
      { args: ['--agent-name', 'front-desk', '--drain', '3'] },
    )
    expect(await standIn.untilRegistered()).toMatchObject({ agentName: 'front-desk', version: '1.9.0' })
    await worker.untilReady()
    expect(await standIn.offer('job-1')).toMatchObject({
      ...{ available: true, participantIdentity: 'agent-job-1' },
      participantAttributes: { 'lk.agent.name': 'front-desk' },
    })
    await until(() => standIn.roomRequests > 0, 'the job process asks for its room')
    await until(async () => callsOf(await worker.health('/readyz')) === 1, 'the call is told')

    const ended = worker.endWith('SIGTERM')
    await worker.logged('the worker takes no more calls')
    expect(await standIn.offer('job-2')).toMatchObject({ available: false })
    expect(await worker.health('/readyz')).toMatchObject({
      status: 503,
      body: { reasons: ['The worker is ending and takes no more calls.'] },
    })
    expect(await worker.health('/livez')).toEqual({ status: 200, body: { alive: true } })
    expect(await ended).toEqual({ code: 0, inTime: true, left: [] })
    expect(standIn.statuses).toContain(WorkerStatus.WS_FULL)
    expect(worker.log.at(-1)?.msg).toBe('the worker has ended')
  })

  test('ends in time when a job process has just ended', async () => {
    const standIn = await LiveKitStandIn.start({ rooms: 'refused' })
    const worker = await startWorker(standIn, { bank: new TestServer().stdio() })
    await standIn.untilRegistered()
    await worker.untilReady()
    await standIn.offer('job-1')
    await until(() => standIn.roomRequests > 0, 'the job process asks for its room')
    await until(async () => callsOf(await worker.health('/readyz')) === 1, 'the call is told')
    await until(async () => callsOf(await worker.health('/readyz')) === 0, 'the call is over')
    expect(await worker.endWith('SIGTERM')).toEqual({ code: 0, inTime: true, left: [] })
  })

  test('is ended by Ctrl+C, which reaches its whole process group, and no server hears it', async () => {
    const standIn = await LiveKitStandIn.start()
    const worker = await startWorker(standIn, { bank: new TestServer().stdio() })
    await standIn.untilRegistered()
    await worker.untilReady()
    await standIn.offer('job-1')
    await until(() => standIn.roomRequests > 0, 'the job process asks for its room')
    const serversBefore = worker.log.filter(({ msg }) => msg === 'server reconnecting')
    expect(await worker.endWith('SIGINT', 'group')).toEqual({ code: 130, inTime: true, left: [] })
    const serversAfter = worker.log.filter(({ msg }) => msg === 'server reconnecting')
    expect({ serversBefore, serversAfter }).toEqual({ serversBefore: [], serversAfter: [] })
  })

  test('leaves nothing when it is killed', async () => {
    const standIn = await LiveKitStandIn.start()
    const worker = await startWorker(standIn, { bank: new TestServer('--ignore-end', '--child').stdio() })
    await worker.untilReady()
    expect(worker.descendants().length).toBeGreaterThan(3)
    killQuietly(worker.pid, 'SIGKILL')
    await until(() => worker.left.length === 0, 'all its processes are gone', 10_000)
  })

  test('runs an agent file of one’s own', async () => {
    const standIn = await LiveKitStandIn.start({ rooms: 'refused' })
    const server = new TestServer()
    const agentFile = join(await temporaryFolder(), 'agent.mjs')
    await writeFile(agentFile, ownAgent({ bank: server.stdio() }))
    const worker = new WorkerProcess(['--agent', agentFile, '--drain', '1'], {
      ...noLiveKit,
      ...standIn.environment,
    })
    await worker.untilReady()
    await standIn.offer('job-1')
    await until(() => standIn.roomRequests > 0, 'the job process asks for its room')
    expect(await worker.endWith('SIGTERM')).toEqual({ code: 0, inTime: true, left: [] })
    expect((await worker.finished).stdout).toBe('')
  })

  test('ends in time when it is told while it starts', async () => {
    const standIn = await LiveKitStandIn.start()
    const worker = await startWorker(standIn, { bank: new TestServer().stdio() })
    await standIn.untilRegistered()
    expect(await worker.endWith('SIGTERM')).toEqual({ code: 0, inTime: true, left: [] })
  })
})

function callsOf({ body }: { body: unknown }): unknown {
  return typeof body === 'object' && body !== null && 'calls' in body ? body.calls : undefined
}

function ownAgent(mcpServers: JsonObject): string {
  const entry = (path: string) => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href)
  return `
    import { createSwitchboard } from ${entry('index.js')}
    import { defineSwitchboardAgent } from ${entry('agent/index.js')}
    export default defineSwitchboardAgent({
      createSwitchboard: () => createSwitchboard({ mcpServers: ${JSON.stringify(mcpServers)} }),
      realtime: { provider: 'rehearsal', baseURL: 'ws://127.0.0.1:9/v1' },
    })
  `
}
