import { describe, expect, test } from 'vitest'
import { fromCallback } from 'xstate'
import type { ConnectionCommand, ConnectionInput } from '../../src/contract/connection.ts'
import type { SwitchboardEvent } from '../../src/index.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { readTape, type Tape } from '../../src/recording/read-tape.ts'
import { replay } from '../../src/recording/replay.ts'
import { productionDependencies } from '../../src/switchboard/dependencies.ts'
import { open } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { entryOf, killServer, transports } from '../support/transports.ts'
import { scenarios } from './scenarios.ts'
import { newFile } from './support.ts'

/** What the recorded switchboard told, and what the replayed one tells. */
function published(tape: Tape): { recorded: unknown[]; replayed: unknown[] } {
  const recorded = tape.steps.flatMap(({ decisions }) =>
    decisions.flatMap((decision) => (decision.type === 'published' ? [decision.event] : [])),
  )
  const replayed = replay(tape).happenings.flatMap((happening) =>
    'decision' in happening && happening.decision.type === 'published' ? [happening.decision.event] : [],
  )
  return { recorded, replayed: JSON.parse(JSON.stringify(replayed)) }
}

/** A whole recording that is decided again in the same way. */
function expectSame(file: string): Tape {
  const tape = readTape(file)
  const { differences, isWhole } = replay(tape)
  expect(differences).toEqual([])
  expect(isWhole).toBe(true)
  return tape
}

describe.each(transports)('over %s', (transport) => {
  test('a run with a death, waiting calls, progress, cancels and errors is decided again as it was', async () => {
    const recordTo = newFile()
    const server = new TestServer()
    const entry = await entryOf(server, transport, { trustAnnotations: true })
    const opened = open({ bank: entry }, { recordTo, patienceMs: 20_000, heartbeatMs: 300 })
    const { switchboard } = opened
    const early = switchboard.call('token', {})
    await switchboard.settled({ timeoutMs: 20_000 })
    await opened.untilReady('bank')
    const cancelled = new AbortController()
    const given = switchboard.call('charge', { amount: 1, until: 'never' }, { signal: cancelled.signal })
    await server.untilStarted('charge')
    cancelled.abort()
    const outcomes = [
      await early,
      await given,
      await switchboard.call('progress', { steps: 3, everyMs: 20 }),
      await switchboard.call('fail', {}),
      await switchboard.call('sum', { answer: 'wrong' }),
      await switchboard.call('charge', { amount: 'much' }),
      await switchboard.call('nothing', {}),
      await switchboard.call('wait', {}, { timeoutMs: 500 }),
    ]
    // Over HTTP nobody starts it again.
    const lost = switchboard.call(
      'look',
      { until: 'go' },
      { timeoutMs: transport === 'stdio' ? 20_000 : 2_000 },
    )
    await server.untilStarted('look')
    await killServer(server)
    server.release('go')
    outcomes.push(await lost)
    await switchboard.stop()

    const { recorded, replayed } = published(expectSame(recordTo))
    expect(replayed).toEqual(recorded)
    expect(recorded).toEqual(JSON.parse(JSON.stringify(opened.events)))
    expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code))).toEqual([
      ...['ok', 'cancelled', 'ok', 'tool_error', 'invalid_result', 'invalid_arguments', 'unknown_function'],
      ...['timed_out', transport === 'stdio' ? 'ok' : 'connection_lost'],
    ])
  })
})

test.each(Object.entries(scenarios))('%s is decided again as it was', async (name, run) => {
  const recordTo = process.env.RECORD ? `test/replays/${name}.jsonl` : newFile()
  await run({ recordTo })
  expectSame(recordTo)
})

test('conversations with servers of their own, interruptions, changes of the configuration and restarts', async () => {
  const recordTo = newFile()
  const [shared, own, later] = [new TestServer(), new TestServer(), new TestServer('--named', 'new')]
  const opened = open({ shared: shared.stdio(), wrong: {} }, { recordTo })
  const { switchboard } = opened
  await opened.untilReady('shared')
  const first = switchboard.conversation({ id: 'same', mcpServers: { mine: own.stdio({ group: 'mine' }) } })
  const second = switchboard.conversation({ id: 'same', mcpServers: { mine: own.stdio() } })
  for (const conversation of [first, second]) {
    expect(await conversation.call('mine__token', {})).toMatchObject({ ok: true, server: 'mine' })
  }
  const reading = second.call('look', { until: 'never' })
  await shared.untilStarted('look')
  second.interrupt()
  expect(await reading).toMatchObject({ ok: false, error: { code: 'cancelled' } })
  await second.end()
  await switchboard.configure({ mcpServers: { shared: shared.stdio(), later: later.stdio() } })
  await opened.untilReady('later')
  await switchboard.configure({ mcpServers: { shared: shared.stdio({ priority: 1 }) } })
  await opened.untilState('shared', 'ready', 2)
  await switchboard.restart('shared')
  await opened.untilState('shared', 'ready', 3)
  await switchboard.stop()

  expectSame(recordTo)
})

test('a name that was settled before its first owner came stays with the second', async () => {
  const recordTo = newFile()
  const slow = new TestServer('--only', 'charge', '--hang-until', 'awake')
  const fast = new TestServer('--only', 'charge')
  const opened = open({ slow: slow.stdio(), fast: fast.stdio() }, { recordTo })
  await opened.untilReady('fast')
  await opened.switchboard.settled({ timeoutMs: 1 })
  slow.release('awake')
  await opened.untilReady('slow')
  expect(opened.server('slow').functions).toEqual(['slow__charge'])
  await opened.switchboard.stop()

  expectSame(recordTo)
})

test('what listeners do in the midst of it stands at its place', async () => {
  const recordTo = newFile()
  const server = new TestServer()
  const opened = open({ bank: server.stdio() }, { recordTo })
  await opened.untilReady('bank')
  const conversation = opened.switchboard.conversation()
  const cancelled = new AbortController()
  const reactions: Promise<unknown>[] = []
  const once = (type: SwitchboardEvent['type'], act: () => void) => {
    const off = conversation.subscribe((event) => {
      if (event.type !== type) return
      off()
      act()
    })
  }
  once('call.started', () => conversation.interrupt())
  once('call.sent', () => reactions.push(conversation.call('token', {})))
  once('call.ended', () => {
    reactions.push(opened.switchboard.call('sum', { answer: 'right' }))
    reactions.push(conversation.call('charge', { amount: 'wrong' }))
  })
  const onProgress = () => {
    reactions.push(conversation.call('look', {}))
    cancelled.abort()
  }
  const { signal } = cancelled
  const call = conversation.call('progress', { steps: 2, everyMs: 20 }, { signal, onProgress })
  expect(await call).toMatchObject({ ok: false, error: { code: 'cancelled' } })
  await opened.until('all calls have ended', () => reactions.length === 4)
  await Promise.all(reactions)
  await opened.switchboard.stop()

  const { steps } = expectSame(recordTo)
  const nested = steps.flatMap((step) => step.nested.map(({ input }) => input.type))
  expect(nested).toEqual(
    expect.arrayContaining([
      'conversation.interrupt',
      'function.call',
      'function.cancel',
      'conversation.open',
    ]),
  )
})

test('connections that answer at once, and that throw', async () => {
  const recordTo = newFile()
  const connection = fromCallback<ConnectionCommand, ConnectionInput>(({ input, sendBack, receive }) => {
    const { generation, onClosed } = input
    receive(({ type }) => {
      if (type === 'check') throw new Error('a bug in a check')
      if (type !== 'close') return
      sendBack({ type: 'connection.closed', generation })
      onClosed()
    })
    if (generation < 3) throw new Error('a bug in a connection')
    sendBack({ type: 'connection.connected', generation })
    sendBack({ type: 'connection.tools', generation, tools: [], rejected: [] })
  })
  const dependencies = { ...productionDependencies(), connection }
  const opened = open({ odd: { command: 'unused' } }, { recordTo, heartbeatMs: 20 }, dependencies)
  await opened.untilState('odd', 'ready', 4)
  await opened.switchboard.stop()

  const { steps } = expectSame(recordTo)
  const nested = steps.flatMap((step) => step.nested.map(({ input }) => input.type))
  expect(nested).toEqual(expect.arrayContaining(['connection.event', 'connection.threw']))
})

/** In an action of `restart`. */
const broken = serverMachine.provide({
  actions: {
    resetBackOff: () => {
      throw new Error('a bug in an action')
    },
  },
})

test('machines with a bug decide as they did, and those without it otherwise', async () => {
  const recordTo = newFile()
  const server = new TestServer('--only', 'charge')
  const opened = open({ bank: server.stdio() }, { recordTo }, productionDependencies(broken))
  await opened.untilReady('bank')
  const call = opened.switchboard.call('charge', { amount: 1, until: 'never' })
  await server.untilStarted('charge')
  await opened.switchboard.restart('bank')
  expect(await call).toMatchObject({ error: { cause: 'the actor of this server broke: a bug in an action' } })
  await opened.untilState('bank', 'ready', 2)
  await opened.switchboard.stop()

  const tape = readTape(recordTo)
  expect(replay(tape, { server: broken }).differences).toEqual([])
  const [first] = replay(tape).differences
  expect(first?.after.input).toEqual({ type: 'server.restart', pool: 0, name: 'bank' })
})

test('another policy than that of the recording is seen where it first decides', async () => {
  const recordTo = newFile()
  const server = new TestServer('--only', 'charge', '--hang-initialize')
  const opened = open({ bank: server.stdio() }, { recordTo, patienceMs: 150 })
  expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({
    error: { code: 'server_unavailable' },
  })
  await opened.switchboard.stop()
  const { heading, ...tape } = expectSame(recordTo)

  const { differences } = replay({
    ...tape,
    heading: { ...heading, policy: { ...heading.policy, patienceMs: 200 } },
  })

  expect(differences).toEqual([
    {
      after: { number: 3, at: expect.any(Number), input: expect.objectContaining({ type: 'function.call' }) },
      expected: [{ type: 'timer.set', timer: '3.2', delayMs: 150 }],
      actual: [{ type: 'timer.set', timer: '3.2', delayMs: 200 }],
    },
  ])
})

test('an input that cannot be given again is a difference, and the replay goes on', async () => {
  const recordTo = newFile()
  const server = new TestServer('--only', 'charge')
  const opened = open({ bank: server.stdio() }, { recordTo })
  await opened.untilReady('bank')
  await opened.switchboard.call('charge', { amount: 1 })
  await opened.switchboard.stop()
  const tape = readTape(recordTo)
  const without = tape.steps.filter(({ input }) => input.type !== 'servers.start')

  const { differences, inputs } = replay({ ...tape, steps: without })

  expect(inputs).toBe(without.length)
  expect(differences[0]).toEqual({
    after: { number: 2, at: expect.any(Number), input: expect.objectContaining({ connection: '1.1' }) },
    problem: 'connection 1.1 was not made',
    expected: [],
    actual: [],
  })
})
