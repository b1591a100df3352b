import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import { open, openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'

const namesOf = (functions: { name: string }[]) => functions.map(({ name }) => name)

test('the second server of the same tool gets its own name before it', async () => {
  const first = new TestServer('--only', 'token')
  const second = new TestServer('--only', 'token')
  const { switchboard } = await openReady({ first: first.stdio(), second: second.stdio() })

  expect(switchboard.functions).toEqual([
    {
      name: 'token',
      description: 'The tool token',
      inputSchema: { type: 'object', properties: {}, required: [], additionalProperties: false },
      servers: ['first'],
      callable: true,
    },
    expect.objectContaining({ name: 'second__token', servers: ['second'] }),
  ])
  expect(await switchboard.call('second__token', {})).toMatchObject({ ok: true, server: 'second' })
  expect([first.runs('token').started, second.runs('token').started]).toEqual([0, 1])
})

test('a name stays with the server that had it when all had settled, also against the order of the file', async () => {
  const late = new TestServer('--only', 'token', '--hang-until', 'go')
  const early = new TestServer('--only', 'token')
  const opened = open({ late: late.stdio(), early: early.stdio() })
  await opened.untilReady('early')
  await late.untilNoted('hangs')
  await opened.switchboard.settled({ timeoutMs: 1 })
  expect(namesOf(opened.switchboard.functions)).toEqual(['token'])
  late.release('go')
  await opened.untilReady('late', 'early')

  expect(opened.server('early').functions).toEqual(['token'])
  expect(opened.server('late').functions).toEqual(['late__token'])
})

test('odd and over-long names become such as a model may use, and the tool is called by its own', async () => {
  const long = `${'a'.repeat(60)}-${'b'.repeat(60)}`
  const server = new TestServer('--only', 'charge', '--named', 'find mail/ünread', '--named', long)
  const { switchboard } = await openReady({ mail: server.stdio() })

  const names = namesOf(switchboard.functions)
  expect(names).toEqual(['charge', 'find_mail__nread', expect.stringMatching(/^a{55}_[0-9a-f]{8}$/)])
  for (const name of names.slice(1)) expect(await switchboard.call(name, {})).toMatchObject({ ok: true })
  expect([server.runs('find mail/ünread').finished, server.runs(long).finished]).toEqual([1, 1])
})

test('reserved names are never given to a server', async () => {
  const server = new TestServer('--only', 'charge', '--named', 'tool_status', '--named', 'lk_agents_x')
  const { switchboard } = await openReady({ mail: server.stdio() })
  expect(namesOf(switchboard.functions)).toEqual(['charge', 'mail__tool_status', 'mail__lk_agents_x'])
})

test('include, exclude and as decide what is offered, and under which name', async () => {
  const server = new TestServer()
  const other = new TestServer()
  const { switchboard } = await openReady({
    bank: server.stdio({
      include: ['charge', 'token', 'look'],
      exclude: ['look'],
      tools: { charge: { as: 'take money' } },
    }),
    eyes: other.stdio({ include: ['look'] }),
  })

  expect(switchboard.servers.map(({ name, functions }) => [name, functions])).toEqual([
    ['bank', ['token', 'take_money']],
    ['eyes', ['look']],
  ])
  expect(await switchboard.call('take_money', { amount: 1 })).toMatchObject({ ok: true })
  expect(server.runs('charge')).toEqual({ started: 1, finished: 1 })
})

test('a group is one function with several servers: priority first, then whoever is there', async () => {
  const spare = new TestServer('--only', 'charge')
  const main = new TestServer('--only', 'charge')
  const opened = await openReady({
    spare: spare.stdio({ group: 'bank' }),
    main: main.stdio({ group: 'bank', priority: 1 }),
  })
  expect(opened.switchboard.functions).toEqual([
    expect.objectContaining({ name: 'charge', servers: ['spare', 'main'], callable: true }),
  ])
  expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({ server: 'main' })

  const sources: JsonObject = { spare: spare.stdio({ group: 'bank' }), main: { command: 'switchboard-none' } }
  await opened.switchboard.configure({ mcpServers: sources })
  await opened.untilState('main', 'failed')

  expect(await opened.switchboard.call('charge', { amount: 2 })).toMatchObject({ ok: true, server: 'spare' })
})

test('of equal members the one with fewer calls in flight is asked', async () => {
  const one = new TestServer('--only', 'charge')
  const two = new TestServer('--only', 'charge')
  const opened = await openReady({ one: one.stdio({ group: 'bank' }), two: two.stdio({ group: 'bank' }) })
  const waiting = opened.switchboard.call('charge', { amount: 1, until: 'go' })
  await one.untilStarted('charge')

  expect(await opened.switchboard.call('charge', { amount: 2 })).toMatchObject({ ok: true, server: 'two' })
  one.release('go')
  expect(await waiting).toMatchObject({ ok: true, server: 'one' })
})

test('a member of a group whose schema differs is left out and reported', async () => {
  const { switchboard } = await openReady({
    first: new TestServer('--only', 'charge').stdio({ group: 'bank' }),
    second: new TestServer('--named', 'charge', '--only', 'look').stdio({ group: 'bank' }),
  })

  expect(switchboard.functions.find(({ name }) => name === 'charge')?.servers).toEqual(['first'])
  expect(switchboard.servers.at(1)?.rejected).toEqual([
    { name: 'charge', reason: 'its schema is not that of first, of the same group' },
  ])
})

test('too many calls in flight are refused at once', async () => {
  const server = new TestServer()
  const { switchboard } = await openReady({ bank: server.stdio({ maxInFlight: 1 }) })
  const first = switchboard.call('charge', { amount: 1, until: 'go' })
  await server.untilStarted('charge')

  expect(await switchboard.call('charge', { amount: 2 })).toEqual({
    ok: false,
    callId: expect.any(String),
    error: {
      code: 'overloaded',
      effect: 'none',
      message: 'Too many calls are in flight at bank. Nothing was done.',
    },
    attempts: [],
    durationMs: expect.any(Number),
  })
  server.release('go')
  expect(await first).toMatchObject({ ok: true })
})
