import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import type { JsonObject } from '../../src/index.ts'
import { library } from '../reads/library.ts'
import { TestServer } from '../support/test-server.ts'
import { configuration, secret, stdioSchema, Variables } from './doctor-support.ts'
import { run } from './support.ts'

const addressSchema = z.object({ port: z.number() })
const troublesSchema = z.object({
  servers: z.array(z.object({ problem: z.string(), help: z.string() })),
})
const anyTime = expect.any(Number)

const toolNames = [
  ...['token', 'charge', 'look', 'look_twice', 'sum', 'wait', 'fail'],
  ...['progress', 'block', 'environment', 'change', 'garble', 'odd_pattern'],
]
const peer = {
  ...{ name: 'test', version: '1.0.0', protocolVersion: '2025-11-25', transport: 'stdio' },
  capabilities: ['tools'],
}
const working = { verdict: 'usable', state: 'ready', peer, startUpMs: anyTime, pingMs: anyTime }

test('--json tells of each server what it found or what is wrong, in the order of the file', async () => {
  const variables = new Variables()
  const remote = new TestServer('--only', 'token')
  const closed = new TestServer()
  const locked = new TestServer()
  const { url } = await remote.startHttp()
  const lost = await closed.startHttp()
  await lost.kill()
  const guarded = await locked.startHttp()
  locked.order({ at: 'initialize', status: 401 })
  Object.assign(variables.env, { REMOTE: url })
  const bearer = { Authorization: `Bearer ${secret}` }

  const file = await configuration({
    good: { ...variables.stdio(new TestServer('--only', 'sum')), env: { KEY: secret }, autoApprove: ['sum'] },
    remote: { url: `\${REMOTE}?key=literal-secret`, headers: bearer },
    malformed: variables.stdio(new TestServer('--malformed')),
    none: variables.stdio(new TestServer(), { include: ['other'] }),
    missing: {
      command: 'no-such-command',
      args: ['--api-key', 'literal-secret', `--key=\${SECRET}`],
      cwd: '.',
    },
    exits: variables.stdio(new TestServer(), {}, '--exit-with', `\u001b[31mno database at \${SECRET}`),
    hangs: variables.stdio(new TestServer('--hang-initialize'), { connectTimeoutMs: 700 }),
    talks: {
      command: 'sh',
      args: ['-c', 'echo listening; cat >/dev/null'],
      switchboard: { connectTimeoutMs: 3_000 },
    },
    unset: { command: 'node', env: { TOKEN: `\${SWITCHBOARD_TEST_UNSET}` } },
    refused: { url: lost.url },
    unauthorized: { url: guarded.url, headers: bearer },
    off: { command: 'node', args: ['off.js'], disabled: true },
  })
  const { code, stdout, stderr } = await run(['doctor', '--config', file, '--json'], { env: variables.env })

  expect(JSON.parse(stdout)).toEqual({
    ok: false,
    configFile: file,
    warnings: ['mcpServers.good.autoApprove has no effect here'],
    servers: [
      {
        ...working,
        name: 'good',
        command: [`\${NODE}`, `\${PROGRAM}`, '--directory', `\${DIRECTORY_1}`, '--only', 'sum'],
        functions: ['sum'],
        rejected: [],
      },
      {
        ...working,
        peer: { ...peer, transport: 'Streamable HTTP' },
        ...{ name: 'remote', url: `\${REMOTE}?key=[hidden]`, functions: ['token'], rejected: [] },
      },
      {
        ...working,
        name: 'malformed',
        command: [`\${NODE}`, `\${PROGRAM}`, '--directory', `\${DIRECTORY_2}`, '--malformed'],
        functions: [
          'malformed__token',
          'charge',
          'look',
          'look_twice',
          'malformed__sum',
          ...toolNames.slice(5),
        ],
        rejected: [
          { name: 'no_object', reason: 'inputSchema.type: Invalid input: expected "object"' },
          {
            name: '(without a name)',
            reason: 'name: Invalid input: expected string, received undefined',
          },
          {
            name: 'bad_output',
            reason: 'outputSchema: Invalid input: expected object, received string',
          },
          { name: 'bad_reference', reason: expect.stringContaining('Unresolved $ref "#/nowhere"') },
        ],
      },
      {
        ...working,
        name: 'none',
        verdict: 'not usable',
        command: [`\${NODE}`, `\${PROGRAM}`, '--directory', `\${DIRECTORY_3}`],
        functions: [],
        rejected: [],
        problem: 'it offers no tool',
        help: 'look at "include" and "exclude" in mcpServers.none.switchboard',
      },
      {
        name: 'missing',
        verdict: 'not usable',
        state: 'failed',
        command: ['no-such-command', '--api-key', '[hidden]', `--key=\${SECRET}`],
        folder: '.',
        problem: 'it cannot be started (spawn no-such-command ENOENT)',
        help: 'check its command, cwd and PATH',
      },
      {
        name: 'exits',
        verdict: 'not usable',
        state: 'reconnecting',
        command: [
          ...[`\${NODE}`, `\${PROGRAM}`, '--directory', `\${DIRECTORY_4}`],
          ...['--exit-with', `[31mno database at \${SECRET}`],
        ],
        problem: 'its process ended (exit code 7)',
        help: 'run the command by hand; what it wrote to stderr may say why',
        stderr: ['no database at [hidden]'],
      },
      {
        name: 'hangs',
        verdict: 'not usable',
        state: 'reconnecting',
        command: [`\${NODE}`, `\${PROGRAM}`, '--directory', `\${DIRECTORY_5}`, '--hang-initialize'],
        problem: 'it did not answer within the connect time-out of 700 ms',
        help: 'run the command by hand to see what it waits for, or raise mcpServers.hangs.switchboard.connectTimeoutMs',
      },
      {
        name: 'talks',
        verdict: 'not usable',
        state: 'reconnecting',
        command: ['sh', '-c', 'echo listening; cat >/dev/null'],
        problem: 'it writes what is no message, and it did not answer within the connect time-out of 3000 ms',
        help: 'its standard output is for messages of MCP alone, one a line: let it log to stderr; or it is no MCP server',
      },
      {
        name: 'unset',
        verdict: 'not usable',
        state: 'failed',
        command: ['node'],
        problem: `\${SWITCHBOARD_TEST_UNSET} in mcpServers.unset.env.TOKEN is not set`,
        help: `set the variable SWITCHBOARD_TEST_UNSET, or write \${SWITCHBOARD_TEST_UNSET:-} where it may be empty`,
      },
      {
        name: 'refused',
        verdict: 'not usable',
        state: 'reconnecting',
        url: lost.url,
        problem: 'it cannot be reached (ECONNREFUSED)',
        help: 'start the server, or correct host and port in mcpServers.refused.url',
      },
      {
        name: 'unauthorized',
        verdict: 'not usable',
        state: 'unauthorized',
        url: guarded.url,
        problem: 'it answers HTTP status 401',
        help: 'put other credentials into "headers" of unauthorized',
      },
      { name: 'off', verdict: 'disabled', command: ['node', 'off.js'] },
    ],
  })
  expect(code).toBe(1)
  expect(stdout + stderr).not.toContain(secret)
  expect(stdout + stderr).not.toContain('literal-secret')
})

test('what a server that lives writes to stderr is told too, its last lines', async () => {
  const variables = new Variables()
  const entry = stdioSchema.parse(variables.stdio(new TestServer('--only', 'sum')))
  const talk = "for (const n of [1, 2, 3, 4]) console.error('line', n, '\\u202e' + process.env.KEY)"
  const file = await configuration({
    talks: {
      ...entry,
      args: ['--import', `data:text/javascript,${talk}`, ...entry.args],
      env: { KEY: secret },
    },
  })
  const { stdout } = await run(['doctor', '--config', file, '--json'], { env: variables.env })
  expect(JSON.parse(stdout)).toMatchObject({
    servers: [{ verdict: 'usable', stderr: ['line 2 [hidden]', 'line 3 [hidden]', 'line 4 [hidden]'] }],
  })
})

test('a server that ended is told with what it printed, and what would help, such as a package that it lacks', async () => {
  const file = await configuration({
    javascript: { command: 'node', args: ['--input-type=module', '-e', "import '@no-such/package'"] },
    python: {
      command: 'sh',
      args: ['-c', 'echo "ModuleNotFoundError: No module named \'mcp\'" >&2; exit 1'],
    },
    // Its own file is no package.
    own: { command: 'node', args: ['./no-such-file.js'] },
    // Neither is this a server.
    done: { command: 'sh', args: ['-c', `echo "Usage: done [options] $SECRET"`], env: { SECRET: secret } },
    mute: { command: 'sh', args: ['-c', 'exit 1'] },
  })
  const { stdout } = await run(['doctor', '--config', file, '--json'])
  const { servers } = troublesSchema.parse(JSON.parse(stdout))
  expect(servers.map(({ help }) => help)).toEqual([
    'install the package that it needs: npm install @no-such/package',
    'install the package that it needs, which has a module mcp',
    'run the command by hand; what it wrote to stderr may say why',
    'it ended by itself, as a program that is done, and an MCP server goes on; check its command and arguments',
    'run the command by hand',
  ])
  expect(servers.slice(-2).map(({ problem }) => problem)).toEqual([
    'its process ended (exit code 0); it printed: Usage: done [options] [hidden]',
    'its process ended (exit code 1)',
  ])
})

test('prompts and resources that are chosen of a server that does not have them are warned of', async () => {
  const variables = new Variables()
  const choose = (switchboard: JsonObject) => library({ era: 'legacy', switchboard })
  const file = await configuration({
    right: choose({ resources: true, prompts: { greet: { name: 'Ada' } } }),
    wrong: choose({ prompts: { greeet: {} } }),
    lacking: choose({ prompts: { greet: { nmae: 'Ada' } } }),
    neither: variables.stdio(new TestServer('--only', 'sum'), { resources: true, prompts: { greet: {} } }),
  })
  const { code, stdout } = await run(['doctor', '--config', file, '--json'], { env: variables.env })
  expect({
    code,
    warnings: z.looseObject({ warnings: z.unknown() }).parse(JSON.parse(stdout)).warnings,
  }).toEqual({
    code: 0,
    warnings: [
      'mcpServers.wrong.switchboard.prompts: the server has no prompt "greeet"; did you mean "greet"?',
      'mcpServers.lacking.switchboard.prompts.greet lacks the argument "name", which the prompt requires',
      'mcpServers.lacking.switchboard.prompts.greet: the prompt has no argument "nmae"; did you mean "name"?',
      'mcpServers.neither.switchboard.resources has no effect: the server offers no resources',
      'mcpServers.neither.switchboard.prompts has no effect: the server offers no prompts',
    ],
  })
})

test('an address that is no MCP server is told with its HTTP status and one short line', async () => {
  const page = '<!DOCTYPE html>\n<html><body><pre>Cannot POST /wrong</pre></body></html>'
  const http = createServer(({ url }, response) => {
    if (url === '/page') response.writeHead(404, { 'content-type': 'text/html' }).end(page)
    else if (url === '/words') response.writeHead(405).end('Method Not\nAllowed')
    else if (url === '/site') response.writeHead(200, { 'content-type': 'text/html' }).end(page)
    else response.writeHead(500, { 'content-type': 'text/html' }).end(page)
  })
  await once(http.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void http.close())
  const { port } = addressSchema.parse(http.address())
  const at = (path: string) => ({ url: `http://127.0.0.1:${port}/${path}` })
  const file = await configuration({
    ...{ page: at('page'), words: at('words'), site: at('site'), broken: at('broken') },
  })
  const { stdout } = await run(['doctor', '--config', file, '--json'])
  const path = (name: string) =>
    `check the path in mcpServers.${name}.url, often /mcp (Streamable HTTP) or /sse (HTTP+SSE)`
  expect(troublesSchema.parse(JSON.parse(stdout)).servers).toEqual([
    { problem: 'it answers HTTP status 404', help: path('page') },
    { problem: 'it answers HTTP status 405: Method Not Allowed', help: path('words') },
    { problem: 'Streamable HTTP error: Unexpected content type: text/html', help: path('site') },
    {
      problem: 'it answers HTTP status 500',
      help: 'its log may say why; or check the path in mcpServers.broken.url',
    },
  ])
})
