import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createSwitchboard, type JsonObject } from '../../src/index.ts'
import { parseTape, readTape } from '../../src/recording/read-tape.ts'
import { replay } from '../../src/recording/replay.ts'
import { productionDependencies } from '../../src/switchboard/dependencies.ts'
import { canary, plainCanary, Search } from '../security/canaries.ts'
import { open } from '../support/opened.ts'
import { RawServer } from '../support/raw-http.ts'
import { TestServer } from '../support/test-server.ts'
import { collectWarnings } from '../support/warnings.ts'
import { scenarios } from './scenarios.ts'
import { newFile } from './support.ts'

const leaky = fileURLToPath(new URL('../security/leaky.mjs', import.meta.url))
const reference = (name: string) => `$\u007b${name}}`
const quietly = { minBackOffMs: 60_000, maxBackOffMs: 60_000, patienceMs: 100 }

function searched(file: string): string[] {
  const search = new Search()
  search.look('the file', readFileSync(file, 'utf8'))
  return search.found
}

describe('no secret is in the recording of', () => {
  const environment = { IN_ENV: canary('variable in env'), IN_ARGS: canary('variable in args') }

  test('a process that repeats what it was given in all it says, its answers too', async () => {
    const recordTo = newFile()
    const entry = {
      command: process.execPath,
      args: [leaky, 'never', `--key=${reference('IN_ARGS')}`],
      env: { LITERAL: canary('env'), EXPANDED: `x${reference('IN_ENV')}`, A: 'server', B: 'connection' },
    }
    const opened = open({ it: entry }, { ...quietly, recordTo, environment })
    const { switchboard } = opened
    await opened.untilReady('it')
    expect(JSON.stringify(await switchboard.call('answer', {}))).toContain('variable in env')
    await switchboard.call('answer', { said: environment.IN_ENV, [environment.IN_ARGS]: 1 })
    for (const name of ['fail', 'refuse', 'progress', 'garble', 'die']) await switchboard.call(name, {})
    await opened.untilState('it', 'reconnecting')
    await switchboard.stop()

    expect(searched(recordTo)).toEqual([])
    expect(replay(readTape(recordTo)).differences).toEqual([])
  })

  test('an HTTP server that repeats what it was sent', async () => {
    const recordTo = newFile()
    const server = await RawServer.start()
    server.handlers.set('tools/call', (response, id, { headers, url }) => {
      const text = JSON.stringify({ headers, url })
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } }))
    })
    const headers = { Authorization: `Bearer ${plainCanary('bearer')}`, 'X-Key': plainCanary('header') }
    const url = `${server.url}/${plainCanary('in-the-path')}?token=${plainCanary('query')}`
    const opened = open({ it: { url, headers } }, { ...quietly, recordTo })
    await opened.untilReady('it')
    expect(JSON.stringify(await opened.switchboard.call('act', {}))).toContain(plainCanary('bearer'))
    await opened.switchboard.stop()

    expect(searched(recordTo)).toEqual([])
    expect(replay(readTape(recordTo)).differences).toEqual([])
  })
})

test('a recording says nothing of where a server is, and only its owner may read it', async () => {
  const recordTo = newFile()
  writeFileSync(recordTo, 'an older one', { mode: 0o644 })
  const switchboard = createSwitchboard({
    recordTo,
    mcpServers: {
      it: { command: 'no-such-command', args: ['an-argument'], cwd: '/no/such/folder' },
      bad: {},
    },
  })
  switchboard.start()
  await switchboard.stop()

  const [first] = readTape(recordTo).steps
  expect(first?.input).toEqual({
    type: 'servers.start',
    pool: 0,
    entries: [
      {
        name: 'it',
        target: { kind: 'stdio', number: 0 },
        options: expect.objectContaining({ priority: 0, resources: false, exclude: [], tools: {} }),
      },
      { name: 'bad', problem: expect.stringContaining('mcpServers.bad has neither "command" nor "url"') },
    ],
  })
  expect(readFileSync(recordTo, 'utf8')).not.toMatch(/an-argument|an older one/)
  expect(statSync(recordTo).mode & 0o777).toBe(0o600)
})

test('a target that changed is told from one that did not', async () => {
  const recordTo = newFile()
  const server = new TestServer('--only', 'charge')
  const entry = server.stdio()
  const opened = open({ it: { ...entry, env: { TOKEN: 'one' } } }, { recordTo })
  await opened.untilReady('it')
  for (const token of ['one', 'two', 'one']) {
    await opened.switchboard.configure({ mcpServers: { it: { ...entry, env: { TOKEN: token } } } })
  }
  await opened.untilState('it', 'ready', 3)
  await opened.switchboard.stop()

  const tape = readTape(recordTo)
  const numbers = tape.steps.flatMap(({ input }) =>
    'entries' in input ? input.entries.flatMap((one) => ('target' in one ? one.target.number : [])) : [],
  )
  expect(numbers).toEqual([0, 0, 1, 0])
  expect(replay(tape).differences).toEqual([])
})

test('arguments that no JSON can hold are named, and the call and the recording go on', async () => {
  const recordTo = newFile()
  const server = new TestServer('--only', 'charge')
  const opened = open({ bank: server.stdio() }, { recordTo })
  await opened.untilReady('bank')
  const circular: JsonObject = { amount: 1n }
  circular.self = circular
  await opened.switchboard.call('charge', circular)
  await opened.switchboard.call('charge', { amount: 1 })
  await opened.switchboard.stop()

  const inputs = readTape(recordTo).steps.map(({ input }) => input)
  const calls = inputs.filter(({ type }) => type === 'function.call')
  expect(calls).toEqual([
    expect.objectContaining({ arguments: { amount: '[1n]', self: '[circular]' } }),
    expect.objectContaining({ arguments: { amount: 1 } }),
  ])
})

test('arguments that are nested too deeply are cut, and the recording goes on', async () => {
  const recordTo = newFile()
  const opened = open({}, { recordTo })
  const deep: unknown = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)
  await opened.switchboard.call('charge', { deep })
  await opened.switchboard.stop()

  const { steps, isWhole } = readTape(recordTo)
  const [call] = steps.flatMap(({ input }) => (input.type === 'function.call' ? [input] : []))
  expect(JSON.stringify(call?.arguments)).toContain('[nested more deeply]')
  expect(isWhole).toBe(true)
})

test('a recording that cannot be written is refused at once, with what to do', () => {
  const recordTo = newFile('no/such/folder/tape.jsonl')
  expect(() => createSwitchboard({ mcpServers: {}, recordTo })).toThrow(
    expect.objectContaining({
      name: 'SwitchboardError',
      code: 'file_unwritable',
      message: expect.stringMatching(
        /^.*tape\.jsonl: the recording cannot be written \(ENOENT: .*\); name another file$/,
      ),
    }),
  )
})

test.skipIf(!existsSync('/dev/full'))('a full disk ends the recording and harms no call', async () => {
  const warnings = collectWarnings()
  const server = new TestServer('--only', 'charge')
  const opened = open({ bank: server.stdio() }, { recordTo: '/dev/full' })
  await opened.untilReady('bank')
  await warnings.until('the recording in /dev/full ends here: ENOSPC: no space left on device, write')
  expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({ ok: true })
  await opened.switchboard.stop()
})

test('without recordTo nothing stands between the machines and the world', async () => {
  const made = new Set<unknown>()
  const cleared: unknown[] = []
  const clock = {
    setTimeout: (work: () => void, delayMs: number) => {
      const timer = setTimeout(work, delayMs)
      made.add(timer)
      return timer
    },
    clearTimeout: (timer: NodeJS.Timeout) => {
      cleared.push(timer)
      clearTimeout(timer)
    },
  }
  const server = new TestServer('--only', 'charge')
  const opened = open({ bank: server.stdio() }, {}, { ...productionDependencies(), clock })
  await opened.untilReady('bank')
  await opened.switchboard.call('charge', { amount: 1 })
  await opened.switchboard.stop()

  expect(cleared.length).toBeGreaterThan(3)
  expect(cleared.filter((timer) => !made.has(timer))).toEqual([])
})

describe('a file that', () => {
  const recorded = async () => {
    const recordTo = newFile()
    await scenarios['waits-for-the-start']({ recordTo })
    return readFileSync(recordTo, 'utf8')
  }

  test('is cut in its last line is replayed up to there', async () => {
    const text = await recorded()
    const outcome = text.indexOf('"call.ended"')
    const { isWhole, differences, decisions } = replay(parseTape(text.slice(0, outcome), 'tape'))
    expect({ isWhole, differences }).toEqual({ isWhole: false, differences: [] })
    expect(decisions).toBeGreaterThan(10)
  })

  test('is cut between two lines is replayed up to there, at every line', async () => {
    const lines = (await recorded()).split('\n')
    for (let length = 1; length < lines.length - 1; length++) {
      const { isWhole, differences } = replay(parseTape(lines.slice(0, length).join('\n'), 'tape'))
      expect({ length, isWhole, differences }).toEqual({ length, isWhole: false, differences: [] })
    }
  })

  const heading = JSON.stringify({ line: 'recording', version: 1, switchboard: '0', at: 0, policy: {} })
  const wrong: [string, string, string, string][] = [
    ['is empty', '', 'wrong_form', 'tape: nothing is recorded in it; record again'],
    ['is something else', '{}\n', 'wrong_form', 'tape:1: this is no recording'],
    [
      'has a format of the future',
      '{"line":"recording","version":2,"how":"new"}\n',
      'wrong_form',
      'tape:1: a recording in format 2, and this version reads format 1; replay it with the version that wrote it',
    ],
    [
      'has a line that is no JSON',
      `${heading}\n{"line":"in\n{"line":"end"}\n`,
      'not_json',
      'tape:2: not JSON; restore the line, or cut the file before it',
    ],
    [
      'has a line of another form',
      `${heading}\n{"line":"input","number":1,"at":"noon","input":{"type":"servers.stop","pool":0}}\n`,
      'wrong_form',
      'tape:2: at: Invalid input: expected number, received string; restore the line, or cut the file before it',
    ],
    [
      'has an input in the midst of none',
      `${heading}\n{"line":"input","number":1,"at":0,"nested":true,"input":{"type":"servers.stop","pool":0}}\n`,
      'wrong_form',
      'tape:2: it stands before the first input; remove it',
    ],
    [
      'has a decision before all inputs',
      `${heading}\n{"line":"decision","decision":{"type":"timer.cleared"}}\n`,
      'wrong_form',
      'tape:2: it stands before the first input; remove it',
    ],
  ]

  test.each(wrong)('%s is refused, with the line and what to do', (_, text, code, message) => {
    expect(() => parseTape(text, 'tape')).toThrow(
      expect.objectContaining({ name: 'SwitchboardError', code, message }),
    )
  })

  test('is not there, or is a folder, is refused', () => {
    const file = newFile()
    expect(() => readTape(file)).toThrow(
      expect.objectContaining({ code: 'file_missing', message: `${file}: no such file; name a recording` }),
    )
    expect(() => readTape(`${file}/..`)).toThrow(expect.objectContaining({ code: 'file_missing' }))
  })
})
