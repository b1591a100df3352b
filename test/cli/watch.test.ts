import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import type { JsonObject } from '../../src/index.ts'
import { isAlive } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { printedEvent, run, startSwitchboard, temporaryFolder } from './support.ts'
import { hasTerminal, Terminal } from './terminal.ts'

const ctrlC = '\u0003'
const toTop = '\u001b[H'
const entering = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const leaving = '\u001b[?7h\u001b[?25h\u001b[?1049l'

async function configuration(mcpServers: JsonObject): Promise<string> {
  const file = join(await temporaryFolder(), 'mcp.json')
  await writeFile(file, JSON.stringify({ mcpServers }))
  return file
}

test('piped it is a line for each change, also of the configuration, and ends with exit code 0 and no process', async () => {
  const server = new TestServer('--only', 'sum')
  const file = await configuration({ bank: server.stdio(), gone: { command: 'no-such-command' } })
  const { child, finished } = startSwitchboard(['watch', '--config', file])
  onTestFinished(() => void child.kill('SIGKILL'))
  let seen = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    seen += chunk.toString()
  })
  const shows = (pattern: RegExp) => until(() => pattern.test(seen), `it prints ${pattern}: ${seen}`)
  await shows(/bank: connecting → ready, sum$/m)
  await writeFile(file, '{ "mcpServers": ')
  await shows(/the configuration is not read again: .*mcp\.json:1:\d+: not JSON/)
  await writeFile(file, JSON.stringify({ mcpServers: { bank: server.stdio() } }))
  await shows(/gone: closing → closed$/m)
  child.kill('SIGINT')
  const { code, stdout, stderr } = await finished
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'switchboard: closing the servers (Ctrl+C again to leave at once)\n',
  })
  const lines = stdout.trim().split('\n')
  expect(lines.filter((line) => !/^\d\d:\d\d:\d\d {2}\S/.test(line))).toEqual([])
  expect(lines.map((line) => line.slice(10))).toEqual(
    expect.arrayContaining(['bank: connecting', 'the configuration was read again']),
  )
  expect(stdout).not.toContain('\u001b')
  expect(server.pids.filter(isAlive)).toEqual([])
})

test('with --proxy it shows the calls of others: --json tells each, without what they were given or answered', async () => {
  const server = new TestServer('--only', 'odd_pattern')
  const file = await configuration({ bank: server.stdio() })
  const tokenFile = join(await temporaryFolder(), 'token')
  const { child, finished } = startSwitchboard([
    ...['watch', '--json', '--config', file],
    ...['--proxy', '--port', '0', '--token-file', tokenFile],
  ])
  onTestFinished(() => void child.kill('SIGKILL'))
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  let stdout = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  await printedEvent(child, ({ type, state }) => type === 'server.changed' && state === 'ready')
  const [, url = ''] = /listens at (\S+);/.exec(stderr) ?? []
  const others = await configuration({
    proxy: { url, headers: { Authorization: `Bearer \${TOKEN}` }, switchboard: { proxy: true } },
  })
  const token = (await readFile(tokenFile, 'utf8')).trim()
  const called = await run(['call', 'odd_pattern', 'name=Ada', '--config', others], { env: { TOKEN: token } })
  expect(called).toMatchObject({ code: 0, stdout: 'hello Ada\n' })
  await until(() => stdout.includes('call.ended'), 'the call is told')
  child.kill('SIGTERM')
  expect((await finished).code).toBe(0)
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => z.looseObject({ type: z.string() }).parse(JSON.parse(line)))
  const call = { at: expect.any(Number), callId: expect.any(String), function: 'odd_pattern' }
  expect(events.filter(({ type }) => type.startsWith('call.'))).toEqual([
    { ...call, type: 'call.started' },
    { ...call, type: 'call.sent', server: 'bank' },
    { ...call, type: 'call.ended', server: 'bank', code: 'ok', durationMs: expect.any(Number) },
  ])
  expect(stdout).not.toContain('Ada')
})

test.runIf(hasTerminal)(
  'in a terminal it is drawn in its place; Ctrl+C gives the screen and the cursor back',
  async () => {
    const file = await configuration({ bank: new TestServer('--only', 'sum').stdio() })
    const terminal = new Terminal(`watch --config ${file}`)
    const draws = () => terminal.output.split(toTop).slice(1)
    const isReady = (picture: string) => /^bank.*ready/m.test(stripVTControlCharacters(picture))
    // Times go on without any event, in the same place.
    await until(() => draws().filter(isReady).length > 2, `it is drawn again: ${terminal.output}`)
    terminal.type(ctrlC)
    expect(await terminal.exitCode()).toBe(0)
    const [before = '', after = ''] = terminal.output.split(leaving)
    expect(before.startsWith(entering)).toBe(true)
    // The last picture stays.
    expect(stripVTControlCharacters(after).replaceAll('\r', '')).toMatch(
      /^.*mcp\.json: 1 of 1 ready.*\nbank.*\nswitchboard: closing the servers/s,
    )
    expect(after).not.toContain(toTop)
  },
)
