import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSwitchboard } from '../../src/index.ts'
import type { ActorDetails, CallDetails, StepDetails } from '../../src/inspector/wire.ts'
import { temporaryFolder } from '../cli/support.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { killServer } from '../support/transports.ts'
import { LivePage, openPage } from './live-page.ts'

const time = expect.any(Number)
const id = expect.any(String)

async function bank() {
  const server = new TestServer()
  const opened = await openReady({ bank: server.stdio() }, { patienceMs: 20_000 })
  const page = await openPage(opened.switchboard)
  return { server, opened, page }
}

test('a configuration that was changed and cannot be used is told, until it can be', async () => {
  const configFile = join(await temporaryFolder(), 'mcp.json')
  writeFileSync(configFile, '{ "mcpServers": {} }')
  const switchboard = createSwitchboard({ configFile, watch: true })
  switchboard.start()
  onTestFinished(() => switchboard.stop())
  const page = await openPage(switchboard)

  writeFileSync(configFile, '{')
  const [warning] = await page.sees(
    'why it cannot be used',
    ({ facts }) => facts?.warnings[0] && facts.warnings,
  )
  expect(warning).toMatch(
    /^The configuration was changed, and cannot be used: .*mcp\.json.*\. The old one stays\.$/s,
  )

  writeFileSync(configFile, '{ "mcpServers": { } }')
  await page.sees('nothing more of it', ({ facts }) => facts?.warnings.length === 0)
})

test('a page shows the servers, their functions and their machines as they are when it is opened', async () => {
  const { page, opened } = await bank()

  expect([...page.state.servers.values()]).toEqual([
    {
      ...opened.server('bank'),
      functionCount: opened.server('bank').functions.length,
      rejectedCount: 0,
      states: [{ at: time, state: 'ready' }],
      latencies: [],
      logs: [],
      faults: [],
      isStopped: false,
      isDisabled: false,
      slowedByMs: 0,
    },
  ])
  expect(page.state.functions.map(({ name }) => name)).toEqual(opened.server('bank').functions)
  const [supervisor, server] = [...page.state.actors.values()]
  expect([supervisor, server]).toEqual([
    {
      actorId: 'supervisor-1',
      machine: 'supervisor',
      label: 'supervisor',
      activeStates: ['supervisor.running'],
      since: time,
      timers: [],
      isDone: false,
    },
    {
      actorId: 'server-2',
      machine: 'server',
      label: 'bank',
      server: 'bank',
      parentId: 'supervisor-1',
      activeStates: ['server.ready'],
      since: time,
      timers: expect.arrayContaining([
        { id: 'heartbeat', event: 'heartbeat.due', startedAt: time, dueAt: time },
      ]),
      isDone: false,
    },
  ])
})

test('a call is shown while it runs, and with the server’s answer when it has ended', async () => {
  const { page, server, opened } = await bank()

  const call = opened.switchboard.call('charge', { amount: 5, until: 'paid' })
  const running = await page.sees('the call, running', ({ calls }) =>
    [...calls.values()].find(({ state }) => state === 'running'),
  )
  expect(running).toEqual({
    callId: id,
    conversationId: id,
    function: 'charge',
    state: 'running',
    startedAt: time,
    sentAt: time,
    server: 'bank',
    attempts: [{ at: time, server: 'bank', generation: 1 }],
    argumentsText: '{"amount":5,"until":"paid"}',
    progress: [],
  })
  const inFlight = (count: number) =>
    page.sees(`${count} in flight`, ({ servers }) => servers.get('/bank')?.inFlight === count)
  await inFlight(1)
  server.release('paid')
  const outcome = await call
  await inFlight(0)
  const { callId } = running
  const ended = await page.sees('its end', ({ calls }) => {
    const view = calls.get(callId)
    return view?.endedAt === undefined ? undefined : view
  })
  expect(ended).toEqual({
    ...running,
    state: 'answered',
    endedAt: time,
    code: 'ok',
    effect: 'done',
    resultText: outcome.ok && outcome.text,
    attempts: [{ at: running.sentAt, server: 'bank', generation: 1, code: 'ok' }],
  })

  const details = await page.visitor.read<CallDetails>(`/api/calls/${callId}`)
  expect(details).toEqual({
    call: ended,
    arguments: { amount: 5, until: 'paid' },
    outcome,
    events: [
      { at: time, type: 'call.started', text: '' },
      { at: time, type: 'call.sent', text: 'to bank, connection 1' },
      { at: time, type: 'call.ended', text: 'answered by bank' },
    ],
  })
  const latencies = await page.sees('how long the answer took', ({ servers }) => {
    const all = [...servers.values()].flatMap((one) => one.latencies)
    return all.length > 0 && all
  })
  expect(latencies).toEqual([{ at: time, ms: outcome.durationMs }])
})

test('a server that dies under a call is seen to die and to come back, and its call to be lost', async () => {
  const { page, server, opened } = await bank()
  page.follow('server-2')

  const call = opened.switchboard.call('charge', { amount: 1, until: 'never' })
  await server.untilStarted('charge')
  await killServer(server)
  await call
  await opened.untilState('bank', 'ready', 2)

  const lost = await page.sees('the lost call', ({ calls }) =>
    [...calls.values()].find(({ code }) => code === 'connection_lost'),
  )
  expect(lost).toMatchObject({ state: 'failed', effect: 'unknown', server: 'bank' })
  const states = await page.sees('the server, ready again', ({ servers }) => {
    const view = servers.get('/bank')
    return view?.state === 'ready' && view.generation === 2 && view.states.map(({ state }) => state)
  })
  expect(states).toEqual(['ready', 'reconnecting', 'ready'])

  const steps = await page.sees('the steps', ({ steps }) => {
    const told = steps?.steps ?? []
    return (
      told.some(({ event, transitions }) => event === 'connection.tools' && transitions.length > 0) && told
    )
  })
  const between = steps.filter(({ event }) => /^(connection\.(lost|tools)|xstate\.after)/.test(event))
  expect(
    between.map(({ event, transitions, activeStates }) => [event, transitions, activeStates.at(-1)]),
  ).toEqual([
    ['connection.lost', ['server.ready/connection.lost/2'], 'server.reconnecting.waiting'],
    [
      'xstate.after.backOff.server.reconnecting.waiting',
      ['server.reconnecting.waiting/xstate.after.backOff.server.reconnecting.waiting/0'],
      'server.reconnecting.dialling',
    ],
    ['connection.tools', ['server.reconnecting.dialling/connection.tools/0'], 'server.ready'],
  ])
})

test('what a machine held after a step can be read', async () => {
  const { page, server, opened } = await bank()
  page.follow('server-2')
  const call = opened.switchboard.call('charge', { amount: 1, until: 'paid' })
  await server.untilStarted('charge')
  const step = await page.sees('the call at the server', ({ steps }) =>
    steps?.steps.find(({ event }) => event === 'connection.call.sent'),
  )

  const path = `/api/actors/server-2/steps/${step.number}`
  const details = await page.visitor.read<StepDetails>(path)
  expect(details.step).toEqual(step)
  expect(details.event).toEqual({ type: 'connection.call.sent', generation: 1, callId: id })
  expect(details.context).toMatchObject({
    state: 'ready',
    generation: 1,
    known: { listed: true },
    entry: { name: 'bank', definition: { target: 'a SealedTarget' } },
    calls: { [JSON.parse(JSON.stringify(details.event)).callId]: { sentAt: time } },
  })
  const now = await page.visitor.read<ActorDetails>('/api/actors/server-2')
  expect(now.context).toMatchObject({ state: 'ready', generation: 1, entry: { name: 'bank' } })
  expect((await page.visitor.get('/api/actors/server-99999')).status).toBe(404)
  const gone = await page.visitor.get('/api/actors/server-2/steps/99999')
  expect([gone.status, await gone.json()]).toEqual([
    404,
    { error: { message: 'This step is not remembered any more.' } },
  ])
  server.release('paid')
  await call
})

test('who speaks in a conversation is shown, with what was filled and interrupted', async () => {
  const { page, opened } = await bank()
  const conversation = opened.switchboard.conversation({ id: 'front desk' })
  conversation.speaking('agent', true)
  conversation.speaking('caller', true)
  conversation.speaking('agent', false)
  conversation.speaking('caller', false)
  await conversation.end()

  const view = await page.sees('the end of the conversation', ({ conversations }) => {
    const found = conversations.get('front desk')
    return found?.endedAt === undefined ? undefined : found
  })
  expect(view).toEqual({
    conversationId: 'front desk',
    startedAt: time,
    endedAt: time,
    marks: [
      { at: time, kind: 'agent', endedAt: time },
      { at: time, kind: 'interruption' },
      { at: time, kind: 'caller', endedAt: time },
    ],
  })
})

test('a page that is opened later has the calls that were seen before', async () => {
  const { page, opened } = await bank()
  await opened.switchboard.call('token', {})
  await page.sees('the call', ({ calls }) => [...calls.values()].some(({ endedAt }) => endedAt !== undefined))
  await page.close()

  const again = new LivePage(page.visitor)
  const calls = await again.sees('the call again', ({ facts, calls }) => facts && [...calls.values()])
  expect(calls.map(({ function: name, state }) => [name, state])).toEqual([['token', 'answered']])
})

test('servers of one conversation are shown as its own, and go with it', async () => {
  const { page, opened } = await bank()
  const own = new TestServer()
  const conversation = opened.switchboard.conversation({ id: 'mine', mcpServers: { safe: own.stdio() } })
  const safe = await page.sees('its server', ({ servers }) => {
    const view = servers.get('mine/safe')
    return view?.state === 'ready' && view
  })
  expect(safe).toMatchObject({ name: 'safe', conversationId: 'mine', state: 'ready' })
  await conversation.end()
  await page.sees('that it is gone', ({ servers }) => !servers.has('mine/safe'))
  expect([...page.state.servers.keys()]).toEqual(['/bank'])
})
