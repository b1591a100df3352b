import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import { isAlive } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { run, startSwitchboard, temporaryFolder, withoutProgress } from './support.ts'
import { hasTerminal, Terminal } from './terminal.ts'

async function configuration(mcpServers: JsonObject): Promise<string> {
  const file = join(await temporaryFolder(), 'mcp.json')
  await writeFile(file, JSON.stringify({ mcpServers }))
  return file
}

const look = '  help      look whether it was done before you call again\n'

test('the outcome is the exit code: the answer on standard output, else what happened and what to do on standard error', async () => {
  const server = new TestServer()
  const { url } = await server.startHttp()
  const config = await configuration({
    bank: { url, switchboard: { tools: { charge: { confirm: true } } } },
  })
  const told = async (...words: string[]) => {
    const { code, stdout, stderr } = await run(['call', ...words, '--config', config])
    return { code, stdout, stderr: withoutProgress(stderr) }
  }

  expect(await told('odd_pattern', 'name=Ada')).toEqual({ code: 0, stdout: 'hello Ada\n', stderr: '' })
  expect(await told('charge', 'amount=3')).toEqual({
    code: 1,
    stdout: '',
    stderr: `switchboard: confirmation_required, effect none: Shall I charge, with the amount 3?
  help      say yes with --yes; in a terminal you are asked
`,
  })
  expect(server.ledger.filter(({ tool }) => tool === 'charge')).toEqual([])
  expect(await told('charge', 'amount=3', '--yes')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^charged 3 by \d+\n$/),
  })
  expect(await told('charge', 'amount=three', '--yes')).toEqual({
    code: 1,
    stdout: '',
    stderr: `switchboard: invalid_arguments, effect none: The arguments of charge do not fit its schema: amount must be of type integer, not string. Nothing was done.
  help      amount: integer, required
            until: string
`,
  })
  expect(await told('chrage', 'amount=3')).toEqual({
    code: 1,
    stdout: '',
    stderr: `switchboard: unknown_function, effect none: No server offers a function named chrage. Nothing was done.
  help      did you mean "charge"?
`,
  })
  expect(await told('fail')).toEqual({
    code: 3,
    stdout: '',
    stderr: `switchboard: tool_error, effect unknown at bank: bank reports an error: the printer is out of paper
${look}`,
  })
  expect(await told('sum', 'answer=wrong')).toMatchObject({
    code: 4,
    stdout: '',
    stderr: expect.stringMatching(
      /^switchboard: invalid_result, effect done at bank: .*\n {2}help {6}do not call again/,
    ),
  })
  expect(await told('wait', '--timeout', '2')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/timed_out, effect unknown.*\n.*--timeout gives it longer\n$/),
  })
  // Progress makes a call longer, but not than was said.
  expect(await told('progress', 'steps=90', 'everyMs=100', '--timeout', '5')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/timed_out, effect unknown/),
  })
})

test('--json prints the outcome itself, also of a call that failed; "-" reads the arguments from standard input', async () => {
  const server = new TestServer()
  const { url } = await server.startHttp()
  const config = await configuration({ bank: { url } })
  const anyOutcome = { callId: expect.any(String), durationMs: expect.any(Number) }
  const answered = await run(['call', 'sum', '-', '--json', '--config', config], {
    input: '{"answer":"right"}',
  })
  expect([answered.code, JSON.parse(answered.stdout)]).toEqual([
    0,
    {
      ...anyOutcome,
      ...{
        ok: true,
        server: 'bank',
        content: [{ type: 'text', text: '3' }],
        structured: { total: 3 },
        text: '3',
      },
      attempts: [{ server: 'bank', generation: 1, code: 'ok' }],
    },
  ])
  const failed = await run(['call', 'fail', '--json', '--config', config])
  expect([failed.code, JSON.parse(failed.stdout)]).toEqual([
    3,
    {
      ...anyOutcome,
      ...{ ok: false, server: 'bank' },
      error: {
        ...{ code: 'tool_error', effect: 'unknown' },
        message: 'bank reports an error: the printer is out of paper',
      },
      attempts: [{ server: 'bank', generation: 1, code: 'tool_error' }],
    },
  ])
})

test('servers that cannot start are told with the reason of each and what would help, not with another time', async () => {
  const config = await configuration({
    lacking: { command: 'node', args: ['--input-type=module', '-e', "import '@no-such/package'"] },
    done: { command: 'node', args: ['-e', 'console.log("Usage: done [options]")'] },
  })
  const { code, stderr } = await run(['call', 'look', '--config', config])
  expect({ code, told: withoutProgress(stderr).replace(/(?<= since )\d+ seconds?/g, '…') }).toEqual({
    code: 1,
    told: `switchboard: server_unavailable, effect none: look is not known yet: lacking is reconnecting since …, done is reconnecting since …, and have not listed their tools. Nothing was done.
  cause     lacking: its process ended (exit code 1); it wrote: Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@no-such/package' imported from ${process.cwd()}/[eval1]
            done: its process ended (exit code 0); it printed: Usage: done [options]
  help      lacking: install the package that it needs: npm install @no-such/package
`,
  })
})

test('what is wrong with a command line, or a configuration, is told as JSON, too', async () => {
  const file = join(await temporaryFolder(), 'deep.json')
  await writeFile(file, `{ "mcpServers": ${'['.repeat(100_000)}`)
  const error = `${file}: is nested too deeply to be read; correct it`
  for (const words of [['call', 'look'], ['list'], ['doctor']]) {
    const { code, stdout, stderr } = await run([...words, '--json', '--config', file])
    expect({ code, document: JSON.parse(stdout), stderr }).toEqual({
      ...{ code: 2, document: { error }, stderr: `switchboard: ${error}\n` },
    })
  }
  for (const words of [['list', '--confg', file], ['call'], ['init', '--from']]) {
    const { code, stdout, stderr } = await run([...words, '--json'])
    const error = stderr.replace(/^switchboard: (.*)\n$/, '$1')
    expect({ code, document: JSON.parse(stdout) }).toEqual({ code: 2, document: { error } })
  }
})

test('a name is that of the first server in the file, though a later one is there before', async () => {
  const slow = new TestServer('--only', 'look', '--hang-until', 'go')
  const quick = new TestServer('--only', 'look')
  const config = await configuration({ slow: slow.stdio(), quick: quick.stdio() })
  const { finished } = startSwitchboard(['call', 'look', '--json', '--config', config])
  await slow.untilNoted('hangs')
  await quick.untilNoted('started')
  slow.release('go')
  expect(JSON.parse((await finished).stdout)).toMatchObject({ ok: true, server: 'slow' })
})

test('what a server asks is declined where nobody is there, and said', async () => {
  const server = new TestServer('--only', 'ask')
  const { url } = await server.startHttp()
  const config = await configuration({ bank: { url } })
  const question = {
    message: 'Which account?',
    requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
  }
  const args = JSON.stringify({ requests: [{ params: question }] })
  const { code, stdout, stderr } = await run(['call', 'ask', args, '--config', config])
  expect({ code, stdout, stderr: withoutProgress(stderr) }).toEqual({
    code: 0,
    stdout: '[{"action":"decline"}]\n',
    stderr:
      'switchboard: bank asks: “Which account?”; there is no terminal to ask you in, so it is declined\n',
  })
})

test('Ctrl+C cancels the call at its server, says whether it may have been done, and leaves no process', async () => {
  const server = new TestServer('--only', 'wait')
  const config = await configuration({ bank: server.stdio() })
  const { child, finished } = startSwitchboard(['call', 'wait', '--config', config])
  await server.untilStarted('wait')
  child.kill('SIGINT')
  const { code, stdout, stderr } = await finished
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
  expect(stderr).toContain('switchboard: cancelling the call (Ctrl+C again to leave at once)\n')
  expect(stderr).toContain(
    'cancelled, effect unknown at bank: wait was cancelled. I do not know whether it was done.',
  )
  expect(server.journal.map(({ event }) => event)).toContain('cancelled')
  expect(server.pids.filter(isAlive)).toEqual([])
})

test('progress is told on standard error', async () => {
  const server = new TestServer('--only', 'progress')
  const { url } = await server.startHttp()
  const config = await configuration({ bank: { url } })
  const { code, stdout, stderr } = await run([
    'call',
    'progress',
    'steps=3',
    'everyMs=600',
    '--config',
    config,
  ])
  expect({ code, stdout }).toEqual({ code: 0, stdout: '3 steps\n' })
  expect(stderr).toMatch(/^switchboard: progress: .*\(\d of 3\) …$/m)
  expect(stderr).not.toContain('\u001b')
})

describe.runIf(hasTerminal)('in a terminal', () => {
  test('a function that asks for a yes asks, and runs after it', async () => {
    const server = new TestServer('--only', 'charge')
    const { url } = await server.startHttp()
    const config = await configuration({
      bank: { url, switchboard: { tools: { charge: { confirm: true } } } },
    })
    const terminal = new Terminal(`call charge amount=3 --timeout 3 --config ${config}`)
    await terminal.shows(/Shall I charge, with the amount 3\?/)
    expect(server.runs('charge')).toEqual({ started: 0, finished: 0 })
    const askedAt = performance.now()
    // The time for the call does not pass meanwhile.
    await until(() => performance.now() - askedAt > 3_000, 'the time for the call')
    terminal.type('y')
    await terminal.shows(/charged 3 by \d+/)
    expect(await terminal.exitCode()).toBe(0)
  })

  test('nobody is asked who has ended the input with the arguments', async () => {
    const config = await configuration({
      bank: {
        ...new TestServer('--only', 'charge').stdio(),
        switchboard: { tools: { charge: { confirm: true } } },
      },
    })
    const terminal = new Terminal(`call charge - --config ${config}`)
    terminal.type('{"amount":3}\n\u0004')
    await terminal.shows(/confirmation_required[\s\S]*say yes with --yes/)
    expect(await terminal.exitCode()).toBe(1)
  })

  test('a question of a server is asked, a field at a time, and the answer goes to it', async () => {
    const server = new TestServer('--only', 'ask')
    const { url } = await server.startHttp()
    const config = await configuration({ bank: { url } })
    const properties = {
      name: { type: 'string', title: 'Whose account' },
      amount: { type: 'integer' },
      kind: { type: 'string', enum: ['giro', 'savings'] },
    }
    const requestedSchema = { type: 'object', properties, required: ['name', 'kind'] }
    const requests = [{ params: { message: 'Which account?', requestedSchema } }]
    const terminal = new Terminal(`call ask '${JSON.stringify({ requests })}' --config ${config}`)
    await terminal.shows(/bank asks: “Which account\?”/)
    await terminal.shows(/Decline/)
    terminal.type('\r')
    await terminal.shows(/Whose account/)
    terminal.type('Ada\r')
    await terminal.shows(/amount \(may be left out\)/)
    terminal.type('few\r')
    await terminal.shows(/Give a number\./)
    terminal.type('\b\b\b12\r')
    await terminal.shows(/savings/)
    terminal.type('\u001b[B\r')
    await terminal.shows(/\[\{"action":"accept","content":\{"name":"Ada","amount":12,"kind":"savings"\}\}\]/)
    expect(await terminal.exitCode()).toBe(0)
  })

  test('Ctrl+C in a question cancels the call', async () => {
    const server = new TestServer('--only', 'ask')
    const { url } = await server.startHttp()
    const config = await configuration({ bank: { url } })
    const requests = [
      { params: { message: 'Which page?', requestedSchema: { type: 'object', properties: {} } } },
    ]
    const terminal = new Terminal(`call ask '${JSON.stringify({ requests })}' --config ${config}`)
    await terminal.shows(/Decline/)
    terminal.type('\u0003')
    await terminal.shows(/cancelled.*, effect unknown at bank: ask was cancelled/)
    expect(await terminal.exitCode()).toBe(130)
  })
})
