import { execFile, spawnSync } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { clientsOf } from '../../src/cli/proxy/clients.ts'
import { outcomeKey } from '../../src/contract/outcome-meta.ts'
import type { JsonObject } from '../../src/index.ts'
import { isAlive, printedEvent, run, startSwitchboard, temporaryFolder } from '../cli/support.ts'
import { someLiveKit } from '../cli/worker-on-stand-in.ts'
import { WorkerProcess } from '../cli/worker-process.ts'
import { LiveKitStandIn } from '../support/livekit-stand-in.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'

const execute = promisify(execFile)
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const clientProgram = fileURLToPath(new URL('client.mjs', import.meta.url))
const pythonProgram = fileURLToPath(new URL('client.py', import.meta.url))
const startSchema = z.object({ url: z.string(), tokenFile: z.string() })

async function configurationOf(mcpServers: JsonObject): Promise<{ folder: string; file: string }> {
  const folder = await temporaryFolder()
  const file = join(folder, 'mcp.json')
  await writeFile(file, JSON.stringify({ mcpServers }))
  return { folder, file }
}

/** `switchboard proxy` in front of a server, and where its token is. */
async function startProxy(server: TestServer) {
  const { folder, file } = await configurationOf({ bank: server.stdio() })
  const { child, finished } = startSwitchboard(['proxy', '--config', file, '--port', '0', '--json'], {
    cwd: folder,
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const started = startSchema.parse(await printedEvent(child, ({ type }) => type === 'proxy'))
  return { ...started, child, finished, token: await tokenIn(started.tokenFile) }
}

async function tokenIn(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim()
}

/** What each client is to see, in whatever language it is written. */
function seenBy(tools: string[]) {
  const attempts = (code: string) => [{ server: 'bank', generation: 1, code }]
  const base = { version: 1, server: 'bank', durationMs: expect.any(Number) }
  const error = {
    ...{ code: 'tool_error', effect: 'unknown' },
    message: 'bank reports an error: the printer is out of paper',
  }
  return {
    tools,
    answered: {
      content: [{ type: 'text', text: expect.stringMatching(/^seen by \d+$/) }],
      _meta: { [outcomeKey]: { ...base, ok: true, attempts: attempts('ok') } },
    },
    failed: {
      isError: true,
      content: [{ type: 'text', text: `tool_error (effect: unknown): ${error.message}` }],
      _meta: { [outcomeKey]: { ...base, ok: false, ...error, attempts: attempts('tool_error') } },
    },
  }
}

const tools = ['look', 'fail', 'tool_status']

test('20 processes through one proxy: one process of the server, and all see the same', async () => {
  const bank = new TestServer('--only', 'look,fail')
  const { url, tokenFile, token, child, finished } = await startProxy(bank)
  expect((await stat(tokenFile)).mode & 0o777).toBe(0o600)

  const seen = await Promise.all(
    Array.from({ length: 20 }, async (_, number) => {
      const sdk = number < 3 ? 'v1' : 'v2'
      const { stdout } = await execute(process.execPath, [clientProgram, sdk, url], {
        env: { ...process.env, TOKEN: token },
      })
      return JSON.parse(stdout)
    }),
  )
  expect(seen).toEqual(Array(20).fill(seenBy(tools)))
  expect(bank.pids).toHaveLength(1)

  child.kill('SIGINT')
  expect((await finished).code).toBe(0)
  expect(bank.pids.filter(isAlive)).toEqual([])
})

test('a client in Python sees the same', async ({ skip }) => {
  const { status } = spawnSync('python3', ['-c', 'import mcp'])
  if (status !== 0) {
    console.log('skipped: `python3 -c "import mcp"` does not work here; `pip install mcp` makes it work')
    return skip()
  }
  const { url, token } = await startProxy(new TestServer('--only', 'look,fail'))
  const { stdout } = await execute('python3', [pythonProgram, url], { env: { ...process.env, TOKEN: token } })
  const { answered, failed, ...rest } = seenBy(tools)
  // It writes what it leaves out, too.
  expect(JSON.parse(stdout)).toMatchObject({ ...rest, answered, failed })
})

test('over stdio it is one more server of its client, and ends with it', async () => {
  const bank = new TestServer('--only', 'look,fail')
  const { file } = await configurationOf({ bank: bank.stdio() })
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, 'proxy', '--stdio', '--config', file],
    stderr: 'ignore',
  })
  const client = new Client({ name: 'a client', version: '1' })
  await client.connect(transport)
  const { pid } = transport
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(tools)
  expect(await client.callTool({ name: 'look' })).toEqual(seenBy(tools).answered)
  // It ends the input, and nothing else for two seconds.
  await client.close()
  expect([pid ?? 0, ...bank.pids].filter(isAlive)).toEqual([])
})

test('the jobs of a worker use the servers of the proxy, and start none', async () => {
  const bank = new TestServer('--only', 'look,fail')
  const { url, tokenFile } = await startProxy(bank)
  const standIn = await LiveKitStandIn.start()
  const worker = new WorkerProcess(
    ['--proxy', url, '--proxy-token-file', tokenFile, '--idle-processes', '2', '--drain', '1'],
    { ...someLiveKit, ...standIn.environment },
  )
  await worker.untilReady()
  const bothReady = () => worker.log.filter(({ msg }) => msg === 'server ready').length >= 2
  await until(bothReady, 'the second process has its server', 60_000)
  expect(await worker.health('/readyz')).toMatchObject({
    body: { servers: [{ name: 'proxy', state: 'ready', functions: 3 }] },
  })
  expect(bank.pids).toHaveLength(1)
  expect(await worker.endWith('SIGTERM')).toEqual({ code: 0, inTime: true, left: [] })
})

test('the clients of a file have the tokens that the environment has', async () => {
  const file = join(await temporaryFolder(), 'clients.json')
  const desk = { token: `\${DESK}`, servers: ['web'] }
  await writeFile(file, JSON.stringify({ clients: { desk } }), { mode: 0o600 })
  const options = { tokenFile: 'none', clientsFile: file }
  expect(await clientsOf(options, { DESK: 'token-of-the-desk' })).toEqual({
    desk: { token: 'token-of-the-desk', servers: ['web'] },
  })
  await expect(clientsOf(options, {})).rejects.toThrow(
    `${file}: \${DESK} in token is not set; set the variable DESK to a token`,
  )
  await writeFile(file, '{ "clients": { "desk": { "token": the-canary-of-the-desk } } }')
  await expect(clientsOf(options, {})).rejects.toThrow(
    `${file}:1:35: not JSON (invalid symbol); correct it at that place`,
  )
})

test('names that the clients of a file have and nobody else are warned of', async () => {
  const bank = new TestServer('--only', 'look')
  const { folder, file } = await configurationOf({ bank: bank.stdio() })
  const clients = { desk: { token: 'a-token-of-the-desk', servers: ['bank', 'bnak'], functions: ['loook'] } }
  const clientsFile = join(folder, 'clients.json')
  await writeFile(clientsFile, JSON.stringify({ clients }), { mode: 0o600 })
  const args = ['proxy', '--config', file, '--clients', clientsFile, '--port', '0', '--json']
  const { child, finished } = startSwitchboard(args, { cwd: folder })
  onTestFinished(() => void child.kill('SIGKILL'))
  await printedEvent(child, ({ type, text }) => type === 'warning' && /loook/.test(String(text)))
  child.kill('SIGTERM')
  const { stdout } = await finished
  const told = stdout.split('\n').flatMap((line) => (line.includes('"warning"') ? JSON.parse(line).text : []))
  expect(told).toEqual([
    'the client "desk" names a server "bnak", which is not there; did you mean "bank"?',
    'the client "desk" names a function "loook", which none of its servers lists; did you mean "look"?',
  ])
})

test('what is wrong is told before anything begins', async () => {
  const { folder, file } = await configurationOf({ bank: { command: 'true' } })
  const open = join(folder, 'open-token')
  await writeFile(open, 'a-token-that-all-can-read', { mode: 0o644 })
  const own = join(folder, 'own-token')
  await writeFile(own, 'a-token-that-one-can-read', { mode: 0o600 })
  const missing = join(folder, 'missing')
  const twins = join(folder, 'twins.json')
  const token = 'the-same-token-twice'
  await writeFile(twins, JSON.stringify({ clients: { a: { token }, b: { token, server: [] } } }), {
    mode: 0o600,
  })
  const problems = await Promise.all(
    [
      ['proxy', '--config', file, '--token-file', open],
      ['proxy', '--config', file, '--clients', twins],
      ['proxy', '--config', file, '--stdio', '--port', '1'],
      ['worker', '--proxy', 'http://127.0.0.1:1/mcp', '--config', file],
      ['worker', '--proxy', 'http://127.0.0.1:1/mcp'],
      ['worker', '--proxy', 'http://proxy.example/mcp', '--proxy-token-file', own],
      ['worker', '--proxy', 'nowhere', '--proxy-token-file', own],
      ['worker', '--proxy', 'http://127.0.0.1:1/mcp', '--proxy-token-file', missing],
      ['proxy', '--config', file, '--clients', missing],
    ].map(async (args) => {
      const { code, stdout, stderr } = await run(args, {
        cwd: folder,
        env: { ...someLiveKit, SWITCHBOARD_PROXY_TOKEN: '' },
      })
      return [code, stdout, stderr]
    }),
  )
  expect(problems).toEqual([
    [2, '', `switchboard: ${open}: others can read the secrets in it; run: chmod 600 ${open}\n`],
    [2, '', `switchboard: ${twins}: clients.b: unknown option "server"; did you mean "servers"?\n`],
    [2, '', 'switchboard: --port: with --stdio nobody else can come; leave one of them out\n'],
    [
      ...[2, ''],
      'switchboard: --config: the servers are those of the proxy; give --config to `switchboard proxy`\n',
    ],
    [
      ...[2, ''],
      'switchboard: SWITCHBOARD_PROXY_TOKEN is not set; set it to the token of the proxy, or name its file with --proxy-token-file\n',
    ],
    [
      ...[2, ''],
      'switchboard: --proxy http://proxy.example/mcp: anybody on the way could read the token; use https\n',
    ],
    [
      ...[2, ''],
      'switchboard: --proxy is not an http or https URL; write it like http://127.0.0.1:8091/mcp\n',
    ],
    [
      ...[2, ''],
      `switchboard: ${missing}: there is no such file; name the file that \`switchboard proxy\` made\n`,
    ],
    [
      ...[2, ''],
      `switchboard: ${missing}: there is no such file; create it as { "clients": { "jobs": { "token": "\${JOBS_TOKEN}" } } }, or name another with --clients\n`,
    ],
  ])
})
