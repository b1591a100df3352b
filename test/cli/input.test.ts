import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run, temporaryFolder, withoutProgress } from './support.ts'

test('a configuration file that is missing is named, with exit code 2', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'none.json')
  expect(await run(['rehearse', '--config', file], { cwd: folder })).toMatchObject({
    code: 2,
    stderr: `switchboard: ${file}: no such file; create it, or name another with --config\n`,
  })
})

test('a configuration file that is not JSON is named with line and column, with exit code 2', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'broken.json')
  await writeFile(file, '{\n  "mcpServers": { "web": { "command": "node" ]\n}\n')
  const { code, stderr } = await run(['rehearse', '--config', file], { cwd: folder })
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `switchboard: ${file}:2:46: not JSON (comma expected); correct it at that place\n`,
  })
})

test('a configuration without any usable server ends with the reason of each, with exit code 2', async () => {
  const folder = await temporaryFolder()
  const file = join(folder, 'mcp.json')
  await writeFile(
    file,
    JSON.stringify({ mcpServers: { none: {}, both: { command: 'node', url: 'http://x' } } }),
  )
  const { code, stderr } = await run(['rehearse', '--config', file], { cwd: folder })
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr:
      'switchboard: no usable server: none is failed: mcpServers.none has neither "command" nor "url"; add the one that starts or reaches the server; both is failed: mcpServers.both has both "command" and "url"; keep the one that is meant\n',
  })
})

test('a port in use is named with the remedy, with exit code 2', async () => {
  const folder = await temporaryFolder()
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const { code, stderr } = await run(['rehearse', '--port', String(port)], { cwd: folder })
  taken.close()
  expect(code).toBe(2)
  expect(withoutProgress(stderr)).toMatch(new RegExp(`^switchboard: .*port ${port}.*\\n$`))
})

test.each([
  [
    ['foo'],
    /^switchboard: unknown command 'foo'; `switchboard --help` lists .* `switchboard list` what can be called\n$/,
  ],
  [
    ['call'],
    /^switchboard: missing required argument 'function': its name, as `switchboard list` tells it; `switchboard call --help` says what it takes\n$/,
  ],
  [['list', 'twice'], /^switchboard: too many arguments .*; `switchboard list --help` says what it takes\n$/],
  [['registry', 'key', 'ad'], /^switchboard: unknown command 'ad'; did you mean "add"\?\n$/],
  [
    ['page', '--port', 'x'],
    /^switchboard: option '--port <number>' argument 'x' is invalid\. Give a port from 0 to 65535\.\n$/,
  ],
  [['rehears'], /^switchboard: unknown command 'rehears'; did you mean "rehearse"\?\n$/],
  [['rehearse', '--sya', 'hello'], /unknown option '--sya'.*--say/s],
  [['rehearse', '--kill', 'mail'], /such as mail@3/],
  [['rehearse', '--kill', 'mial@3'], /--kill mial@3: the servers are web, mail/],
  [['rehearse', '--say', 'hello', '--kill', 'mail@2'], /--kill mail@2: there is only one turn/],
  [['rehearse', '--model', 'gpt'], /'gpt' is invalid\. Allowed choices are rehearsal, openai\.\n$/],
  [
    ['rehearse', '--wav', 'no-such.wav'],
    /^switchboard: --wav no-such.wav: there is no such file; name a recording in WAV format\n$/,
  ],
  [['rehearse', '--model', 'openai'], /OPENAI_API_KEY/],
  [
    ['page', '--host', '0.0.0.0'],
    /^switchboard: .* "0\.0\.0\.0", .*; give the one of the interface itself with --host\n$/,
  ],
  [
    ['page', '--host', '::'],
    /^switchboard: .* "::", .*; give the one of the interface itself with --host\n$/,
  ],
  [['page', '--host', '0'], /; give the one of the interface itself with --host\n$/],
  [['page', '--livekit', 'front'], /--livekit: set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET/],
  [['page', '--livekit', 'front', '--offline'], /--livekit: .* give one of them/],
])('%j is refused with the remedy, with exit code 2', async (args, message) => {
  const folder = await temporaryFolder()
  const { code, stderr } = await run(args, { cwd: folder, env: { OPENAI_API_KEY: '', LIVEKIT_URL: '' } })
  expect(code).toBe(2)
  expect(stderr).toMatch(message)
})

test('--help lists the options, with exit code 0', async () => {
  const { code, stdout } = await run(['rehearse', '--help'])
  expect(code).toBe(0)
  for (const option of ['--say', '--wav', '--type', '--kill', '--json', '--out', '--config']) {
    expect(stdout).toContain(option)
  }
})
