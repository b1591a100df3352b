import { expect, test } from 'vitest'
import { createActor, SimulatedClock, setup } from 'xstate'
import { callMachine } from '../../src/machines/call.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { supervisorMachine } from '../../src/machines/supervisor.ts'
import { MachineCoverage } from './machine-coverage.ts'

type DoorEvent =
  | { type: 'push'; force: number }
  | { type: 'knock' }
  | { type: 'remove' }
  | { type: `xstate.error.actor.${string}`; actorId: string; error: unknown }

const door = setup({
  types: { events: {} as DoorEvent },
  delays: { draught: 1_000 },
  guards: {
    isStrong: ({ event }) => event.type === 'push' && event.force > 10,
    isRemoved: () => false,
  },
}).createMachine({
  id: 'door',
  initial: 'hung',
  on: {
    remove: { target: '.removed' },
    'xstate.error.actor.*': {},
  },
  states: {
    hung: { always: [{ guard: 'isRemoved', target: 'removed' }, { target: 'closed' }] },
    closed: {
      on: {
        push: [
          { guard: 'isStrong', target: 'open.wide' },
          { guard: ({ event }) => event.force > 5, target: 'open' },
          { guard: ({ event }) => event.force > 2, target: ['open.ajar'] },
          {},
        ],
        knock: {},
      },
    },
    open: {
      initial: 'ajar',
      on: { push: 'closed' },
      states: { ajar: { after: { draught: '#door.closed' } }, wide: {} },
    },
    removed: { type: 'final' },
  },
})

const doorTransitions = [
  'door: any state --remove--> removed',
  'door: any state --xstate.error.actor.*--> (any state)',
  'door: hung --always[isRemoved]--> removed',
  'door: hung --always[else]--> closed',
  'door: closed --push[isStrong]--> open.wide',
  'door: closed --push[#2]--> open',
  'door: closed --push[#3]--> open.ajar',
  'door: closed --push[else]--> (closed)',
  'door: closed --knock--> (closed)',
  'door: open --push--> closed',
  'door: open.ajar --after draught--> closed',
]

const doorStates = ['door: hung', 'door: closed', 'door: open', 'door: open.ajar', 'door: open.wide']

test('lists all states and transitions, each candidate of a list by itself', () => {
  const { states, transitions } = new MachineCoverage([door])
  expect(states.all).toEqual([...doorStates, 'door: removed'])
  expect(states.missing).toEqual(states.all)
  expect(transitions.all).toEqual(doorTransitions)
  expect(transitions.missing).toEqual(transitions.all)
})

test('marks what an actor goes through, its transient initial state too', () => {
  const { states, transitions, inspect } = new MachineCoverage([door])
  const clock = new SimulatedClock()
  const actor = createActor(door, { inspect, clock }).start()
  const justHung = ['door: hung', 'door: closed']
  expect(states.missing).toEqual(states.all.filter((name) => !justHung.includes(name)))
  expect(transitions.missing).toEqual(
    doorTransitions.filter((name) => name !== 'door: hung --always[else]--> closed'),
  )

  actor.send({ type: 'push', force: 3 })
  clock.increment(1_000)
  actor.send({ type: 'push', force: 1 })
  actor.send({ type: 'xstate.error.actor.hinge', actorId: 'hinge', error: 'rust' })

  expect(states.missing).toEqual(['door: open.wide', 'door: removed'])
  expect(transitions.missing).toEqual([
    'door: any state --remove--> removed',
    'door: hung --always[isRemoved]--> removed',
    'door: closed --push[isStrong]--> open.wide',
    'door: closed --push[#2]--> open',
    'door: closed --knock--> (closed)',
    'door: open --push--> closed',
  ])

  for (const force of [11, 1, 6, 1]) actor.send({ type: 'push', force })
  actor.send({ type: 'knock' })
  actor.send({ type: 'remove' })
  expect(states.missing).toEqual([])
  expect(transitions.missing).toEqual(['door: hung --always[isRemoved]--> removed'])
})

test('hears copies with other guards, and all their actors', () => {
  const { transitions, inspect } = new MachineCoverage([door])
  createActor(door, { inspect }).start()
  createActor(door.provide({ guards: { isRemoved: () => true } }), { inspect }).start()

  expect(transitions.missing).toEqual(doorTransitions.filter((name) => !name.startsWith('door: hung')))
})

test('takes nothing of a machine that it was not given', () => {
  const other = setup({}).createMachine({ id: 'other', initial: 'hung', states: { hung: {} } })
  const { states, inspect } = new MachineCoverage([door])
  createActor(other, { inspect }).start()
  expect(states.missing).toEqual(states.all)
})

test('refuses two transitions that it could not tell apart', () => {
  const twice = setup({ guards: { isOdd: () => true } }).createMachine({
    id: 'twice',
    on: {
      go: [
        { guard: 'isOdd', actions: [] },
        { guard: 'isOdd', actions: [] },
      ],
    },
  })
  expect(() => new MachineCoverage([twice])).toThrow(
    'there are two of the name twice: any state --go[isOdd]--> (any state)',
  )
})

test('knows the machines of this project', () => {
  const { states, transitions } = new MachineCoverage([
    serverMachine,
    supervisorMachine,
    callMachine,
    conversationMachine,
  ])
  expect(states.all).toEqual([
    ...['server: connecting', 'server: ready', 'server: degraded', 'server: reconnecting'],
    ...['server: reconnecting.waiting', 'server: reconnecting.dialling', 'server: unauthorized'],
    ...['server: failed', 'server: draining', 'server: closing', 'server: closed'],
    ...['supervisor: running', 'supervisor: stopping', 'supervisor: stopped'],
    ...['call: routing', 'call: waiting', 'call: running'],
    ...['call: running.working', 'call: running.asking', 'call: answered', 'call: failed'],
    ...['conversation: active', 'conversation: ending', 'conversation: ended'],
  ])
  expect(transitions.all).toEqual(
    expect.arrayContaining([
      'server: any state --xstate.error.actor.*[isBroken]--> reconnecting',
      'server: ready --connection.checked[isGood]--> (ready)',
      'server: degraded --always[isIdleWithoutStream]--> reconnecting',
      'server: reconnecting.waiting --after backOff--> reconnecting.dialling',
      'call: routing --always[hasServer]--> running',
      'conversation: ending --always[isQuiet]--> ended',
      'supervisor: stopping --always[isAlone]--> stopped',
    ]),
  )
})
