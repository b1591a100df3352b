import { expect, test } from 'vitest'
import type { ActorRefLike, InspectionEvent } from 'xstate'
import { inspectMasked } from '../../src/inspection/masked-inspection.ts'
import { inspectionOf } from '../../src/switchboard/inspection.ts'
import { open, openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { collectWarnings } from '../support/warnings.ts'
import { StatelyMessages } from './stately-messages.ts'

test('an observer hears of every machine, its definition, its events and what it becomes', async () => {
  const stately = new StatelyMessages()
  const server = new TestServer('--only', 'charge')
  const opened = open({ bank: server.stdio() }, { inspect: stately.inspect })
  await opened.untilReady('bank')
  expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({ ok: true })
  await opened.switchboard.stop()
  await stately.untilTold('xstate.done.actor.bank#1')

  expect(stately.of('@xstate.actor').map(({ name }) => name)).toEqual([
    'supervisor',
    'bank#1',
    'connection-1',
    'conversation',
    'call-1',
  ])
  expect(stately.definitionOf('bank#1')).toMatchObject({
    id: 'server',
    initial: 'connecting',
    states: { ready: { on: { 'call.start': expect.anything() } } },
  })
  expect(stately.statesOf('bank#1')).toEqual(['connecting', 'ready', 'closing', 'closed'])
  expect(stately.statesOf('call-1').at(-1)).toBe('answered')
  expect(stately.eventsOf('call-1').map(({ type }) => type)).toEqual([
    'xstate.init',
    'call.sent',
    'call.ended',
  ])
  expect(stately.eventsOf('connection-1')).toContainEqual({
    type: 'call',
    callId: expect.any(String),
    tool: expect.objectContaining({ name: 'charge' }),
    arguments: { amount: 1 },
  })
})

test('one that comes late hears of all that are there, and of nothing once it is gone', async () => {
  const stately = new StatelyMessages()
  const server = new TestServer('--only', 'charge')
  const opened = await openReady({ bank: server.stdio() })
  const conversation = opened.switchboard.conversation()

  const stop = inspectMasked(inspectionOf(opened.switchboard), stately.inspect)
  await until(() => stately.messages.length === 4, 'all that are there are told')
  const told = stately
    .of('@xstate.actor')
    .map(({ name, snapshot }) => [name, snapshot.status, snapshot.value])
  expect(told).toEqual([
    ['supervisor', 'active', 'running'],
    ['bank#1', 'active', 'ready'],
    ['connection-1', 'active', undefined],
    ['conversation', 'active', 'active'],
  ])

  stop()
  await conversation.call('charge', { amount: 1 })
  await opened.switchboard.stop()
  expect(stately.messages.length).toBe(4)
})

test('one that throws is told of in a warning, hears no more, and harms no call', async () => {
  const warnings = collectWarnings()
  let heard = 0
  const inspect = () => {
    heard += 1
    if (heard === 10) throw new Error('full')
  }
  const opened = await openReady({ bank: new TestServer('--only', 'charge').stdio() }, { inspect })
  expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({ ok: true })
  await warnings.until('an observer of the machines threw and hears no more: full')
  expect(heard).toBe(10)
})

test('what is told can be looked at and not touched', async () => {
  const actors = new Set<ActorRefLike>()
  const inspect = ({ actorRef }: InspectionEvent) => void actors.add(actorRef)
  const opened = await openReady({ bank: new TestServer('--only', 'charge').stdio() }, { inspect })
  expect(actors.size).toBe(3)
  for (const actor of actors) actor.send({ type: 'stop' })
  expect(await opened.switchboard.call('charge', { amount: 1 })).toMatchObject({ ok: true })
})
