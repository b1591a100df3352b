import { expect, test } from 'vitest'
import { createSwitchboard, type JsonObject, SwitchboardError } from '../../src/index.ts'
import { open } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'

test('with one server hung and one missing, the three good ones can be used at once', async () => {
  const hung = new TestServer('--hang-initialize')
  const opened = open({
    hung: hung.stdio(),
    missing: { command: 'switchboard-no-such-command' },
    first: new TestServer('--only', 'token').stdio(),
    second: new TestServer('--only', 'charge').stdio(),
    third: new TestServer('--only', 'sum').stdio(),
  })
  await opened.untilReady('first', 'second', 'third')
  await hung.untilNoted('started')

  const outcomes = await Promise.all([
    opened.switchboard.call('token', {}),
    opened.switchboard.call('charge', { amount: 1 }),
    opened.switchboard.call('sum', { answer: 'right' }),
  ])

  expect(outcomes.map((outcome) => outcome.ok && outcome.server)).toEqual(['first', 'second', 'third'])
  expect(opened.switchboard.servers.map(({ name, state }) => [name, state])).toEqual([
    ['hung', 'connecting'],
    ['missing', 'failed'],
    ['first', 'ready'],
    ['second', 'ready'],
    ['third', 'ready'],
  ])
  expect(opened.switchboard.functions.map(({ name, callable }) => [name, callable])).toEqual([
    ['token', true],
    ['charge', true],
    ['sum', true],
  ])
})

test('settled() waits until every server left connecting, or for its time', async () => {
  const server = new TestServer()
  const { switchboard } = open({ good: server.stdio(), hung: new TestServer('--hang-initialize').stdio() })
  await switchboard.settled({ timeoutMs: 50 })
  expect(switchboard.servers.find(({ name }) => name === 'hung')?.state).toBe('connecting')

  const other = open({ good: server.stdio(), missing: { command: 'switchboard-no-such-command' } })
  await other.switchboard.settled()
  expect(other.switchboard.servers.map(({ state }) => state)).toEqual(['ready', 'failed'])
})

test('settled() of no time looks once, and of what is no number waits', async () => {
  const { switchboard } = open({ hung: new TestServer('--hang-initialize').stdio() })
  for (const timeoutMs of [0, -1]) await switchboard.settled({ timeoutMs })
  expect(switchboard.servers).toMatchObject([{ state: 'connecting' }])

  const other = open({ missing: { command: 'switchboard-no-such-command' } })
  await other.switchboard.settled({ timeoutMs: Number.NaN })
  expect(other.switchboard.servers).toMatchObject([{ state: 'failed' }])
})

const unset = '$\u007bSWITCHBOARD_TEST_UNSET}'

test('wrong entries fail with their reason, and the others run', async () => {
  const wrong: [name: string, entry: unknown, reason: string][] = [
    [
      'nothing',
      {},
      'mcpServers.nothing has neither "command" nor "url"; add the one that starts or reaches the server',
    ],
    [
      'both',
      { command: 'node', url: 'http://localhost' },
      'mcpServers.both has both "command" and "url"; keep the one that is meant',
    ],
    [
      'unset',
      { command: 'node', env: { TOKEN: unset } },
      `${unset} in mcpServers.unset.env.TOKEN is not set; set the variable SWITCHBOARD_TEST_UNSET, or write $\u007bSWITCHBOARD_TEST_UNSET:-} where it may be empty`,
    ],
    [
      'typo',
      { command: 'node', switchboard: { prioritty: 1 } },
      'mcpServers.typo.switchboard: unknown option "prioritty"; did you mean "priority"?',
    ],
    [
      'tool_typo',
      { command: 'node', switchboard: { tools: { charge: { readonly: true } } } },
      'mcpServers.tool_typo.switchboard.tools.charge: unknown option "readonly"; did you mean "readOnly"?',
    ],
    ['text', 'node', 'mcpServers.text: Invalid input: expected object, received string'],
  ]
  const entries: JsonObject = Object.fromEntries(wrong.map(([name, entry]) => [name, entry]))
  const opened = open({ ...entries, good: new TestServer().stdio() }, { environment: {} })
  await opened.untilReady('good')

  expect(opened.switchboard.servers).toEqual([
    ...wrong.map(([name, , lastError]) => ({
      name,
      state: 'failed',
      since: expect.any(Number),
      generation: 0,
      transport: 'stdio',
      functions: [],
      listed: false,
      inFlight: 0,
      lastError,
      rejected: [],
    })),
    expect.objectContaining({ name: 'good', state: 'ready' }),
  ])
  expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({ ok: true })
})

test('a file that cannot be executed fails for good', async () => {
  const { directory } = new TestServer()
  const opened = open({ folder: { command: directory } })
  const { lastError } = await opened.untilState('folder', 'failed')
  expect(lastError).toMatch(/^it cannot be started \(spawn .* EACCES\)/)
})

test('an unknown option of the switchboard itself is thrown, with the nearest known one', () => {
  const options = { mcpServers: {}, patienceMS: 1 }
  expect(() => createSwitchboard(options)).toThrow(
    new SwitchboardError('unknown_option', 'unknown option "patienceMS"; did you mean "patienceMs"?'),
  )
})

test('what other clients write is accepted, with a warning', () => {
  const { switchboard } = open({
    off: { command: 'switchboard-no-such-command', disabled: true },
    other: { command: 'switchboard-no-such-command', type: 'stdio', autoApprove: ['x'], alwaysAllow: [] },
  })
  expect(switchboard.warnings).toEqual([
    'mcpServers.other.autoApprove has no effect here',
    'mcpServers.other.alwaysAllow has no effect here',
  ])
  expect(switchboard.servers.map(({ name }) => name)).toEqual(['other'])
})

test('of what a program prints in the place of messages, no half secret is told where it is cut', async () => {
  const script = "console.log('\u0007'.repeat(1_990) + process.env.SECRET)"
  const env = { SECRET: 'sesame-opens-the-door' }
  const opened = open({ talker: { command: process.execPath, args: ['-e', script], env } })
  await opened.untilState('talker', 'reconnecting')

  expect(opened.server('talker').lastError).toBe(
    'its process ended (exit code 0); it printed: [hidden]… (cut: 11 more characters)',
  )
})
