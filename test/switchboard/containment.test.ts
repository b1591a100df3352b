import { expect, test } from 'vitest'
import { fromCallback } from 'xstate'
import type { ConnectionCommand, ConnectionInput } from '../../src/contract/connection.ts'
import { callMachine } from '../../src/machines/call.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { productionDependencies } from '../../src/switchboard/dependencies.ts'
import { Caller, seatRequest } from '../support/caller.ts'
import { open } from '../support/opened.ts'
import { isAlive } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'

/** Server actors with a bug: while `isOn`, the one of that name throws in an action of `restart`. */
function withBugIn(name: string) {
  const bug = { isOn: true }
  const machine = serverMachine.provide({
    actions: {
      resetBackOff: ({ context }) => {
        if (bug.isOn && context.entry.name === name) throw new Error('a bug in an action')
      },
    },
  })
  return { bug, dependencies: productionDependencies(machine) }
}

test('a bug in one server actor harms no sibling, and that server is started again', async () => {
  const broken = new TestServer('--ignore-end')
  const sibling = new TestServer('--only', 'token,charge')
  const { dependencies } = withBugIn('broken')
  const opened = open({ sibling: sibling.stdio(), broken: broken.stdio() }, {}, dependencies)
  await opened.untilReady('broken', 'sibling')
  const before = opened.server('sibling')
  const pid = opened.pid('broken')
  const call = opened.switchboard.call('look', { until: 'never' })
  const siblingsCall = opened.switchboard.call('charge', { amount: 1, until: 'go' })
  await broken.untilStarted('look')
  await sibling.untilStarted('charge')

  await opened.switchboard.restart('broken')

  expect(await call).toEqual({
    ok: false,
    callId: expect.any(String),
    server: 'broken',
    error: {
      code: 'connection_lost',
      effect: 'unknown',
      message: 'The connection to broken was lost during the call. I do not know whether it was done.',
      cause: 'the actor of this server broke: a bug in an action',
    },
    attempts: [{ server: 'broken', generation: 1, code: 'connection_lost' }],
    durationMs: expect.any(Number),
  })
  await opened.untilState('broken', 'ready', 2)
  expect(opened.pid('broken')).not.toBe(pid)
  await until(() => !isAlive(pid), 'the process of the broken actor has ended')
  sibling.release('go')
  expect(await siblingsCall).toMatchObject({ ok: true, attempts: [{ server: 'sibling', generation: 1 }] })
  expect(opened.server('sibling')).toEqual(before)
  expect(await opened.switchboard.call('sum', { answer: 'right' })).toMatchObject({ server: 'broken' })
})

test('stop() waits for the process of a broken actor', async () => {
  const broken = new TestServer('--ignore-end', '--child')
  const { dependencies } = withBugIn('broken')
  const opened = open({ broken: broken.stdio() }, {}, dependencies)
  await opened.untilReady('broken')
  await opened.switchboard.restart('broken')

  await opened.switchboard.stop()

  expect(broken.pids.filter(isAlive)).toEqual([])
})

test('an actor that breaks too often fails for good, and restart() gives it a new budget', async () => {
  const broken = new TestServer('--only', 'token')
  const { bug, dependencies } = withBugIn('broken')
  const opened = open({ broken: broken.stdio() }, {}, dependencies)
  await opened.untilReady('broken')
  for (let restarts = 0; restarts < 6; restarts++) await opened.switchboard.restart('broken')

  expect(opened.server('broken')).toMatchObject({
    state: 'failed',
    lastError: 'the actor of this server broke: a bug in an action',
  })
  expect(await opened.switchboard.call('token', {})).toMatchObject({
    ok: false,
    error: { code: 'server_failed', effect: 'none', message: 'broken cannot work. Nothing was done.' },
  })
  expect(opened.switchboard.functions).toEqual([])

  bug.isOn = false
  await opened.switchboard.restart('broken')
  await opened.untilReady('broken')
  expect(await opened.switchboard.call('token', {})).toMatchObject({ ok: true })
})

/** Switchboards on connections of our own making. */
function withConnection(logic: (generation: number) => void) {
  const connection = fromCallback<ConnectionCommand, ConnectionInput>(({ input, sendBack, receive }) => {
    const { generation } = input
    receive(({ type }) => {
      if (type === 'close') sendBack({ type: 'connection.closed', generation })
    })
    logic(generation)
    sendBack({ type: 'connection.connected', generation })
    sendBack({ type: 'connection.tools', generation, tools: [], rejected: [] })
  })
  return { ...productionDependencies(), connection }
}

test('a connection that throws counts as lost, and another one is made', async () => {
  const dependencies = withConnection((generation) => {
    if (generation < 3) throw new Error('a bug in a connection')
  })
  const opened = open({ odd: { command: 'unused' } }, {}, dependencies)
  await opened.untilState('odd', 'ready', 3)
  expect(opened.statesOf('odd')).toEqual(['connecting', 'reconnecting', 'ready'])
})

test('nothing is started after stop()', async () => {
  const dialled: number[] = []
  const dependencies = withConnection((generation) => dialled.push(generation))
  const { switchboard } = open({}, {}, dependencies)
  await switchboard.stop()

  const conversation = switchboard.conversation({ mcpServers: { late: { command: 'unused' } } })
  switchboard.start()

  expect(await conversation.call('anything', {})).toMatchObject({
    ok: false,
    error: { code: 'server_unavailable', effect: 'none' },
  })
  await conversation.end()
  expect(dialled).toEqual([])
})

test('a call actor that breaks while its caller is asked leaves no question open', async () => {
  const server = new TestServer('--only', 'ask')
  const production = productionDependencies()
  const call = callMachine.provide({
    actions: {
      extendAtServer: () => {
        throw new Error('a bug after the question')
      },
    },
  })
  const conversation = production.conversation.provide({ actors: { call } })
  const opened = open({ bank: server.stdio() }, {}, { ...production, conversation })
  await opened.untilReady('bank')
  const [caller, controller] = [new Caller(), new AbortController()]
  const options = { ...caller, signal: controller.signal }
  const asking = opened.switchboard.call('ask', { requests: [seatRequest()] }, options)
  const { signal } = await caller.untilAsked()
  controller.abort()

  expect(await asking).toMatchObject({
    ok: false,
    error: { cause: 'a bug after the question', effect: 'unknown' },
  })
  expect(signal).toMatchObject({ aborted: true, reason: 'withdrawn' })
  const told = opened.events.flatMap(({ type }) => (/^(question|call)\./.test(type) ? type : []))
  expect(told).toEqual(['call.started', 'call.sent', 'question.asked', 'question.ended', 'call.ended'])
  await server.untilNoted('heard')
  expect(server.journal.flatMap(({ answer }) => answer ?? [])).toEqual([{ action: 'cancel' }])
})

test('a conversation that breaks tells each call once, to its caller and to whoever listens, and its servers too', async () => {
  const server = new TestServer('--only', 'charge,look')
  const production = productionDependencies()
  const conversation = production.conversation.provide({
    guards: {
      isOfModel: ({ event }) => {
        if (event.type === 'function.call' && event.name === 'look') throw new Error('a bug in a guard')
        return false
      },
    },
  })
  const opened = open({ bank: server.stdio() }, { callTimeoutMs: 60_000 }, { ...production, conversation })
  await opened.untilReady('bank')
  const talk = opened.switchboard.conversation({ id: 'talk' })
  const charge = talk.call('charge', { amount: 1, until: 'never' })
  await server.untilStarted('charge')
  const look = talk.call('look', {})

  const error = {
    code: 'connection_lost',
    effect: 'unknown',
    message: 'The conversation ended by a fault of this program. I do not know whether it was done.',
    cause: expect.stringContaining('a bug in a guard'),
  }
  const outcomes = await Promise.all([charge, look])
  const failed = { ok: false, callId: expect.any(String), error, attempts: [], durationMs: 0 }
  expect(outcomes).toEqual([failed, failed])
  const told = opened.events.flatMap((event) => {
    if (event.type === 'call.started') return [[event.type, event.callId, event.function]]
    return event.type === 'call.ended' ? [[event.type, event.callId, event.function, event.outcome]] : []
  })
  const [{ callId: first }, { callId: second }] = outcomes
  expect(told).toEqual([
    ['call.started', first, 'charge'],
    ['call.ended', first, 'charge', outcomes[0]],
    ['call.started', second, 'look'],
    ['call.ended', second, 'look', outcomes[1]],
  ])
  await server.untilNoted('cancelled')
  await opened.until('its place is free', () => opened.server('bank').inFlight === 0)
  await talk.end()
})
