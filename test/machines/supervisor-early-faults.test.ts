import { describe, expect, test } from 'vitest'
import { restartBudget } from '../../src/machines/restart-budget.ts'
import { serverMachine } from '../../src/machines/server.ts'
import type { ServerContext } from '../../src/machines/server-context.ts'
import { definitionOf } from '../properties/silent-connection.ts'
import { ScriptedSupervisor } from './scripted-supervisor.ts'

const entryOf = (name: string) => ({ name, definition: definitionOf(name) })
const close = { type: 'close' }
const reason = 'the actor of this server broke: a bug'

describe('a server actor that throws before it has told anything', () => {
  const often = 1 + restartBudget.maxRestarts
  const mute = (starts = often) => {
    let reports = 0
    const publish = () => {
      reports += 1
      if (reports <= starts) throw new Error('a bug')
    }
    return new ScriptedSupervisor(serverMachine.provide({ actions: { publish } })).configure(entryOf('bank'))
  }
  const generations = ({ connections }: ScriptedSupervisor) =>
    connections.map(({ input }) => input.generation)

  test('is given up too, says why, and can be removed and replaced', () => {
    const supervisor = mute()
    expect(supervisor.news).toEqual([
      {
        type: 'server.reported',
        report: {
          ...{ name: 'bank', state: 'failed', since: 0, generation: often, transport: 'stdio' },
          ...{ listed: false, tools: [], rejected: [], lastError: reason },
        },
        options: entryOf('bank').definition.options,
        server: expect.anything(),
      },
    ])
    supervisor.configure({ name: 'bank', definition: definitionOf('bank', 'another') })
    expect(supervisor.connection('bank').input.generation).toBe(often + 1)
    expect(supervisor.configure().words().slice(1)).toEqual(['bank is removed'])
  })

  test('is started again where it breaks less often, and no two of its connections share a number', () => {
    expect(generations(mute(2))).toEqual([1, 2, 3])
  })

  test('is waited for at a stop until each of its connections has closed', () => {
    const supervisor = mute()
    expect(supervisor.connections.map(({ commands }) => commands)).toEqual(Array(often).fill([close]))
    supervisor.stop()
    for (const { input } of supervisor.connections) {
      expect(supervisor.hasStopped).toBe(false)
      input.onClosed()
    }
    expect(supervisor.hasStopped).toBe(true)
  })

  test('or begun anything, is started again too', () => {
    const supervisor = new ScriptedSupervisor()
    supervisor.breakAt(() => supervisor.configure(entryOf('bank')), 2)
    expect(supervisor.connect('bank').words().at(-1)).toBe('bank ready, 1')
    expect(supervisor.stop().closed('bank').hasStopped).toBe(true)
  })

  test('does not keep others from coming back', () => {
    const supervisor = mute().configure(entryOf('bank'), entryOf('mail')).connect('mail').lose('mail')
    supervisor.clock.pass(0)
    expect(supervisor.connection('mail').input.generation).toBe(2)
  })
})

describe('a server actor that throws before a connection of its own', () => {
  test('has begun, begins with it to hear that it closes', () => {
    let isBroken = false
    const supervisor = new ScriptedSupervisor(serverMachine, (event) => {
      if (isBroken || event.type !== '@xstate.event' || event.event.type !== 'close') return
      isBroken = true
      throw new Error('a bug')
    })
    supervisor.configure(entryOf('bank')).connect('bank').restart('bank')
    expect(supervisor.connections.map(({ input, commands }) => [input.generation, commands])).toEqual([
      [1, [close]],
      [2, [close]],
      [3, []],
    ])
    supervisor.closed('bank', 1).closed('bank', 2).stop().closed('bank', 3)
    expect(supervisor.hasStopped).toBe(true)
  })

  test('has been dropped, does not wait to hear that it closes', () => {
    let isBroken = false
    const publish = ({ context }: { context: ServerContext }) => {
      if (isBroken || context.state !== 'reconnecting') return
      isBroken = true
      throw new Error('a bug')
    }
    const supervisor = new ScriptedSupervisor(serverMachine.provide({ actions: { publish } }))
    supervisor.configure(entryOf('bank')).connect('bank')
    supervisor.connection('bank').throwsAt = 'check'
    supervisor.clock.pass(10_000)
    expect(supervisor.connections.map(({ input }) => input.generation)).toEqual([1, 2])
    expect(supervisor.stop().closed('bank', 2).hasStopped).toBe(true)
  })
})
