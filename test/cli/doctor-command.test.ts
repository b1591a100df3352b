import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { isAlive } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { configuration, Variables } from './doctor-support.ts'
import { run, startSwitchboard, temporaryFolder } from './support.ts'

test('as text each server is a block of its own, 80 columns wide and without colour', async () => {
  const variables = new Variables()
  const file = await configuration({
    all: { ...variables.stdio(new TestServer('--malformed')), cwd: '.', alwaysAllow: [] },
    exits: variables.stdio(
      new TestServer(),
      {},
      '--exit-with',
      'a reason that is told in many words, '.repeat(3),
    ),
    again: variables.stdio(new TestServer('--only', 'sum')),
    off: { url: 'https://example.com/mcp', disabled: true },
  })
  const { code, stdout } = await run(['doctor', '--config', file], {
    env: variables.env,
  })
  const printed = stdout
    .replace(file, 'FILE')
    .replaceAll(/\d+(\.\d)? ms$/gm, 'TIME')
    .replaceAll(/ +$/gm, '(space)')
  expect(printed).toBe(`FILE

all: usable
  command       \${NODE} \${PROGRAM} --directory \${DIRECTORY_1} --malformed
  in            .
  server        test 1.0.0, MCP 2025-11-25 over stdio
  capabilities  tools
  tools         13: token, charge, look, look_twice, sum, wait, fail, progress,
                block, environment, change, garble, odd_pattern
  left out      no_object: inputSchema.type: Invalid input: expected "object"
  left out      (without a name): name: Invalid input: expected string, received
                undefined
  left out      bad_output: outputSchema: Invalid input: expected object,
                received string
  left out      bad_reference: inputSchema: Unresolved $ref "#/nowhere".
                Absolute URI "https://github.com/cfworker#/nowhere". Known
                schemas: - https://github.com/cfworker
  ready after   TIME
  ping          TIME

exits: not usable
  command       \${NODE} \${PROGRAM} --directory \${DIRECTORY_2} --exit-with "a
                reason that is told in many words, a reason that is told in many
                words, a reason that is told in many words,"
  problem       its process ended (exit code 7)
  help          run the command by hand; what it wrote to stderr may say why
  stderr        a reason that is told in many words, a reason that is told in
                many words, a reason that is told in many words,

again: usable
  command       \${NODE} \${PROGRAM} --directory \${DIRECTORY_3} --only sum
  server        test 1.0.0, MCP 2025-11-25 over stdio
  capabilities  tools
  tools         1: again__sum
  renamed       the plain name is taken by a server above; "group" or "as"
                change that
  ready after   TIME
  ping          TIME

off: disabled
  url           https://example.com/mcp

  warning       mcpServers.all.alwaysAllow has no effect here

2 of 3 servers are usable; 1 is disabled.
`)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(code).toBe(1)
})

test('the exit code is 0 if all are usable but those that are disabled', async () => {
  const variables = new Variables()
  const file = await configuration({
    good: variables.stdio(new TestServer('--only', 'sum')),
    off: { command: 'no-such-command', disabled: true },
  })
  const { code, stdout } = await run(['doctor', '--config', file, '--json'], { env: variables.env })
  expect({ code, ok: z.looseObject({ ok: z.boolean() }).parse(JSON.parse(stdout)).ok }).toEqual({
    code: 0,
    ok: true,
  })
})

test('after half a second a line of progress names the servers that are awaited', async () => {
  const variables = new Variables()
  const file = await configuration({
    hangs: variables.stdio(new TestServer('--hang-initialize'), { connectTimeoutMs: 1_500 }),
  })
  const { code, stderr } = await run(['doctor', '--config', file], { env: variables.env })
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'switchboard: waiting for hangs (0 of 1 done; up to 1.5 s) …\n',
  })
})

test('Ctrl+C ends it with exit code 130, prints no document, and leaves no process', async () => {
  const variables = new Variables()
  const server = new TestServer('--hang-initialize', '--ignore-end', '--child')
  const file = await configuration({ hangs: variables.stdio(server) })
  const { child, finished } = startSwitchboard(['doctor', '--config', file, '--json'], {
    env: variables.env,
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await server.untilNoted('hangs')
  child.kill('SIGINT')
  const { code, stdout, stderr } = await finished
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
  expect(stderr).toContain('switchboard: interrupted; closing the servers')
  expect(server.pids.length).toBe(2)
  expect(server.pids.filter(isAlive)).toEqual([])
})

test('a configuration that cannot be read is one line with the remedy, and a document of it, with exit code 2', async () => {
  const folder = await temporaryFolder()
  const at = (name: string) => join(folder, name)
  await mkdir(at('folder'))
  await writeFile(at('broken.json'), '{ "mcpServers": ]')
  await writeFile(at('other.json'), '{}')
  await writeFile(at('empty.json'), '{ "mcpServers": {} }')
  const told = async (name: string) => {
    const { code, stdout, stderr } = await run(['doctor', '--config', at(name), '--json'])
    const document: unknown = JSON.parse(stdout.replaceAll(folder, ''))
    return { code, document, stderr: stderr.replaceAll(folder, '') }
  }
  const line = (error: string) => ({ code: 2, document: { error }, stderr: `switchboard: ${error}\n` })
  expect(await told('none.json')).toEqual(
    line('/none.json: no such file; create it, or name another with --config'),
  )
  expect(await told('folder')).toEqual(line('/folder: is a folder; name the file in it'))
  expect(await told('broken.json')).toEqual(
    line('/broken.json:1:17: not JSON (value expected); correct it at that place'),
  )
  expect(await told('other.json')).toEqual(
    line('/other.json: no object "mcpServers" in it; write { "mcpServers": { "name": { "command": … } } }'),
  )
  expect(await told('empty.json')).toEqual(
    line('/empty.json: it names no server; add one under "mcpServers"'),
  )
})

test('--help shows an example, with exit code 0', async () => {
  const { code, stdout } = await run(['doctor', '--help'])
  expect(code).toBe(0)
  expect(stdout).toContain('$ npx switchboard doctor --config mcp.json')
  for (const option of ['--config', '--json']) expect(stdout).toContain(option)
})
