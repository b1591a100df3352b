import { expect, test } from 'vitest'
import type { Outcome, SwitchboardEvent } from '../../src/index.ts'
import { openReady } from '../support/opened.ts'
import { isAlive } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { collectWarnings } from '../support/warnings.ts'

const codeOf = (outcome: Outcome) => (outcome.ok ? 'ok' : outcome.error.code)

test("a conversation's own servers are its own, and end with it", async () => {
  const shared = new TestServer('--only', 'token')
  const own = new TestServer('--only', 'token,charge')
  const { switchboard } = await openReady({ shared: shared.stdio() })
  const mine = switchboard.conversation({ id: 'mine', mcpServers: { own: own.stdio() } })
  const other = switchboard.conversation({ id: 'other' })
  const [seenByMine, seenByOther]: SwitchboardEvent[][] = [[], []]
  const ready = new Promise<void>((resolve) => {
    mine.subscribe((event) => {
      seenByMine?.push(event)
      if (event.type === 'server.changed' && event.server.state === 'ready') resolve()
    })
  })
  other.subscribe((event) => seenByOther?.push(event))
  await ready

  expect(mine.functions.map(({ name }) => name)).toEqual([
    ...['token', 'own__token', 'charge', 'cancel_calls', 'tool_status'],
  ])
  expect(other.functions.map(({ name }) => name)).toEqual(['token', 'cancel_calls', 'tool_status'])
  expect(switchboard.functions.map(({ name }) => name)).toEqual(['token'])
  expect(switchboard.servers.map(({ name }) => name)).toEqual(['shared'])
  expect(await mine.call('charge', { amount: 1 })).toMatchObject({ ok: true, server: 'own' })
  expect(await mine.call('token', {})).toMatchObject({ ok: true, server: 'shared' })
  expect(await other.call('charge', { amount: 1 })).toMatchObject({ error: { code: 'unknown_function' } })
  expect(await other.call('own__token', {})).toMatchObject({ error: { code: 'unknown_function' } })
  expect(seenByOther?.filter((event) => JSON.stringify(event).includes('"own"'))).toEqual([])

  await mine.end()
  expect(own.pids.map(isAlive)).toEqual([false])
  expect(shared.pids.map(isAlive)).toEqual([true])
  expect(await mine.call('token', {})).toMatchObject({
    error: { code: 'server_unavailable', effect: 'none' },
  })
})

test("stop() ends a conversation's own servers too", async () => {
  const own = new TestServer()
  const { switchboard } = await openReady({})
  const conversation = switchboard.conversation({ mcpServers: { own: own.stdio() } })
  await own.untilNoted('started')
  expect(conversation.functions.map(({ name }) => name)).toContain('tool_status')

  await switchboard.stop()

  expect(own.pids.map(isAlive)).toEqual([false])
})

test('interrupt() cancels what only reads, and lets others finish', async () => {
  const server = new TestServer()
  const { switchboard } = await openReady({ bank: server.stdio() })
  const conversation = switchboard.conversation()
  const reading = conversation.call('look', { until: 'never' })
  const charging = conversation.call('charge', { amount: 1, until: 'go' })
  await server.untilStarted('look')
  await server.untilStarted('charge')

  conversation.interrupt()

  expect(codeOf(await reading)).toBe('cancelled')
  await server.untilNoted('cancelled')
  server.release('go')
  expect(codeOf(await charging)).toBe('ok')
  expect(server.runs('charge')).toEqual({ started: 1, finished: 1 })
})

test('interrupt() cancels a call that only reads while it waits for its server', async () => {
  const server = new TestServer('--dies-again')
  const opened = await openReady(
    { bank: server.stdio() },
    { patienceMs: 30_000, callTimeoutMs: 30_000, minBackOffMs: 60_000, maxBackOffMs: 60_000 },
  )
  process.kill(opened.pid('bank'), 'SIGKILL')
  await opened.untilAway('bank')
  const conversation = opened.switchboard.conversation()
  const reading = conversation.call('look', {})
  conversation.interrupt()

  expect(await reading).toMatchObject({ error: { code: 'cancelled', effect: 'none' } })
})

test('end() accounts for every call, with one event each', async () => {
  const server = new TestServer()
  const { switchboard } = await openReady({ bank: server.stdio() })
  const conversation = switchboard.conversation({ id: 'ending' })
  const events: SwitchboardEvent[] = []
  conversation.subscribe((event) => events.push(event))
  const calls = [
    conversation.call('charge', { amount: 1, until: 'never' }),
    conversation.call('look', { until: 'never' }),
    conversation.call('charge', { amount: 2 }),
  ]
  await calls[2]
  await server.untilStarted('look')

  await conversation.end()

  const outcomes = await Promise.all(calls)
  expect(outcomes.map(codeOf)).toEqual(['cancelled', 'cancelled', 'ok'])
  const ended = events.flatMap((event) => (event.type === 'call.ended' ? [event.outcome] : []))
  expect(ended).toHaveLength(3)
  expect(new Set(ended.map(({ callId }) => callId))).toEqual(new Set(outcomes.map(({ callId }) => callId)))
  await conversation.end()
})

test('tool_status says what is missing, since when and why', async () => {
  const opened = await openReady({ eyes: new TestServer('--only', 'look').stdio() })
  const { switchboard } = opened
  const conversation = switchboard.conversation()
  expect(await conversation.call('tool_status', {})).toMatchObject({
    ok: true,
    server: 'switchboard',
    text: 'All tools can be used: look.',
    attempts: [],
  })

  await switchboard.configure({ mcpServers: { eyes: { command: 'switchboard-no-such-command' } } })
  await opened.untilState('eyes', 'failed')
  expect(await conversation.call('tool_status', {})).toMatchObject({
    text: expect.stringMatching(/^eyes is failed since \d seconds?, because it cannot be started \(/),
  })
})

test('a listener that throws harms nobody', async () => {
  const warnings = collectWarnings()
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() })
  opened.switchboard.subscribe(() => {
    throw new Error('a bug in a listener')
  })

  expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({ ok: true })
  expect(opened.events.map(({ type }) => type)).toContain('call.ended')
  await warnings.until('a listener of call.ended threw: a bug in a listener')
})

test('an onProgress that throws harms nobody', async () => {
  const warnings = collectWarnings()
  const { switchboard } = await openReady({ counter: new TestServer().stdio() })
  const onProgress = () => {
    throw new Error('a bug in onProgress')
  }

  expect(await switchboard.call('progress', { steps: 10, everyMs: 30 }, { onProgress })).toMatchObject({
    ok: true,
  })
  await warnings.until('onProgress threw: a bug in onProgress')
})

test('a stdio server gets none of our secrets, and all that its entry says', async () => {
  process.env.SWITCHBOARD_TEST_SECRET = 'hunter2'
  const server = new TestServer()
  const given = server.stdio({}, { GIVEN: 'yes', TOKEN: ['$', '{SWITCHBOARD_TEST_SECRET}'].join('') })
  const { switchboard } = await openReady(
    { bank: given },
    { environment: { SWITCHBOARD_TEST_SECRET: 'other' } },
  )

  const outcome = await switchboard.call('environment', {})
  delete process.env.SWITCHBOARD_TEST_SECRET

  const { text } = outcome.ok ? outcome : { text: '{}' }
  expect(JSON.parse(text)).toMatchObject({
    GIVEN: 'yes',
    TOKEN: 'other',
    PATH: process.env.PATH,
    MCP_SWITCHBOARD_MARK: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  expect(text).not.toContain('hunter2')
  expect(text).not.toContain('SWITCHBOARD_TEST_SECRET')
})

test('a listener that calls again while the conversation ends hears an outcome too', async () => {
  const { switchboard } = await openReady({ one: new TestServer('--only', 'charge').stdio() })
  const conversation = switchboard.conversation()
  const again: Promise<Outcome>[] = []
  conversation.subscribe((event) => {
    if (event.type === 'call.ended' && again.length === 0)
      again.push(conversation.call('charge', { amount: 2 }))
  })
  const wait = { amount: 1, until: 'never' }
  const calls = [conversation.call('charge', wait), conversation.call('charge', wait)]
  await conversation.end()
  expect((await Promise.all(calls)).map(codeOf)).toEqual(['cancelled', 'cancelled'])
  expect((await Promise.all(again)).map(codeOf)).toEqual(['server_unavailable'])
})
