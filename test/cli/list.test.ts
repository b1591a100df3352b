import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listText } from '../../src/cli/list/printer.ts'
import type { JsonObject, ServerStatus } from '../../src/index.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { run, startSwitchboard, temporaryFolder, withoutProgress } from './support.ts'

async function folderWith(mcpServers: JsonObject, name = 'mcp.json'): Promise<{ cwd: string; file: string }> {
  const cwd = await temporaryFolder()
  const file = join(cwd, name)
  await writeFile(file, JSON.stringify({ mcpServers }))
  return { cwd, file }
}

test('servers with their state, version of MCP and functions; mcp.json of the folder is taken, and that is said', async () => {
  const { cwd } = await folderWith({
    bank: { ...new TestServer('--only', 'sum,look').stdio(), autoApprove: [] },
    gone: { command: 'no-such-command' },
    off: { command: 'node', disabled: true },
  })
  const { code, stdout, stderr } = await run(['list'], { cwd })
  expect({ code, stdout, stderr: withoutProgress(stderr) }).toEqual({
    code: 1,
    stdout: `bank: ready, test 1.0.0, MCP 2025-11-25 over stdio
  sum   The tool sum
  look  The tool look

gone: failed, it cannot be started (spawn no-such-command ENOENT); check its command, cwd and PATH

warning: mcpServers.bank.autoApprove has no effect here

2 functions of 2 servers.
`,
    stderr: 'switchboard: the servers are those of mcp.json\n',
  })
})

test('--json has the statuses and the functions with their schemas; --functions what each takes; no colour unless it is forced', async () => {
  const { cwd, file } = await folderWith({ bank: new TestServer('--only', 'charge').stdio() }, 'other.json')
  const document = await run(['list', '--config', file, '--json'], { cwd })
  const status = { name: 'bank', state: 'ready', functions: ['charge'], listed: true, inFlight: 0 }
  expect([document.code, withoutProgress(document.stderr), JSON.parse(document.stdout)]).toEqual([
    0,
    '',
    {
      configFile: file,
      warnings: [],
      servers: [expect.objectContaining(status)],
      functions: [
        {
          ...{
            name: 'charge',
            description: 'The tool charge',
            servers: ['bank'],
            callable: true,
            annotations: {},
          },
          inputSchema: {
            type: 'object',
            properties: {
              amount: { type: 'integer', minimum: 1 },
              until: { type: 'string', description: 'It answers once this file appears.' },
            },
            required: ['amount'],
            additionalProperties: false,
          },
        },
      ],
    },
  ])
  const functions = await run(['list', '--functions', '--config', file], { cwd })
  expect(functions.stdout).toBe(`charge (bank)
  The tool charge
    amount  integer, required
    until   string: It answers once this file appears.
`)
  const coloured = await run(['list', '--config', file], { cwd, env: { FORCE_COLOR: '1' } })
  expect(coloured.stdout).toContain('\u001b[32mready\u001b[39m')
  const plain = await run(['list', '--config', file], { cwd, env: { NO_COLOR: '1' } })
  expect(plain.stdout).not.toContain('\u001b')
})

test('a name that could steer the terminal does not, and JSON has it as it is', async () => {
  const name = 'b\u009b2Ja\u202en\u001b[31mk'
  const { cwd } = await folderWith({ [name]: { comand: 'node' } })
  const text = await run(['list'], { cwd, env: { NO_COLOR: '1' } })
  expect(text.stdout).toMatch(/^b2Jan\[31mk: failed, mcpServers\.b2Jan\[31mk has neither/)
  const document = await run(['list', '--json'], { cwd })
  expect(document.stdout).toContain('"b\\u009b2Ja\\u202en\\u001b[31mk"')
  expect(JSON.parse(document.stdout).servers).toMatchObject([{ name }])
})

test('tools that are left out are counted, so that nobody looks for them in vain', () => {
  const peer = { transport: 'stdio', name: 'bank', version: '1', protocolVersion: '2025-11-25' } as const
  const server: ServerStatus = {
    ...{ name: 'bank', state: 'ready', since: 0, generation: 1, transport: 'stdio', functions: [] },
    ...{ listed: true, rejected: [{ name: 'odd', reason: 'name' }], inFlight: 0 },
    peer: { ...peer, capabilities: ['tools'] },
  }
  expect(listText({ configFile: 'mcp.json', warnings: [], servers: [server], functions: [] })).toContain(
    'MCP 2025-11-25 over stdio (1 tool left out: `doctor` says why)\n',
  )
})

test('without a configuration the examples are listed, and that is said', async () => {
  const { code, stdout, stderr } = await run(['list', '--functions'], { cwd: await temporaryFolder() })
  expect(code).toBe(0)
  expect(withoutProgress(stderr)).toBe(
    'switchboard: there is no mcp.json here, so the servers are the two examples; `switchboard init` writes one, --config names another\n',
  )
  expect(stdout).toMatch(/^search_web \(web\)\n {2}Searches .*\n {4}query {2}string, required: .*$/m)
})

test('Ctrl+C while a server is awaited ends it with exit code 130', async () => {
  const server = new TestServer('--hang-initialize')
  const { cwd } = await folderWith({
    hangs: { ...server.stdio(), switchboard: { connectTimeoutMs: 70_000 } },
  })
  const { child, finished } = startSwitchboard(['list'], { cwd })
  let told = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    told += chunk.toString()
  })
  await until(() => told.includes('waiting'), 'it says what it waits for')
  child.kill('SIGINT')
  expect(await finished).toMatchObject({
    ...{ code: 130, stdout: '' },
    stderr: expect.stringContaining('waiting for hangs (0 of 1 done; up to 70 s)'),
  })
})

test('a folder of that name and a file without servers are refused with the remedy, with exit code 2', async () => {
  const cwd = await temporaryFolder()
  await mkdir(join(cwd, 'mcp.json'))
  await writeFile(join(cwd, 'empty.json'), '{ "mcpServers": {} }')
  expect(await run(['list'], { cwd })).toEqual({
    code: 2,
    stdout: '',
    stderr: `switchboard: the servers are those of mcp.json
switchboard: mcp.json: is a folder; name the file in it
`.replace('switchboard: mcp.json: is', `switchboard: ${join(cwd, 'mcp.json')}: is`),
  })
  expect(await run(['list', '--config', 'empty.json'], { cwd })).toEqual({
    code: 2,
    stdout: '',
    stderr: 'switchboard: empty.json: it names no server that is switched on; add one\n',
  })
})
