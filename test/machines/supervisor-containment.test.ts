import { describe, expect, test } from 'vitest'
import { serverOptionsSchema } from '../../src/config/definition.ts'
import { parsePolicy } from '../../src/contract/policy.ts'
import { restartBudget } from '../../src/machines/restart-budget.ts'
import { definitionOf } from '../properties/silent-connection.ts'
import { tool } from './scripted-server.ts'
import { ScriptedSupervisor } from './scripted-supervisor.ts'

const entryOf = (name: string) => ({
  name,
  definition: { ...definitionOf(name), options: serverOptionsSchema.parse({ group: 'money' }) },
})
const close = { type: 'close' }
const reason = 'the actor of this server broke: a bug'

const both = () =>
  new ScriptedSupervisor().configure(entryOf('bank'), entryOf('mail')).connect('bank').connect('mail')

describe('a server actor that throws', () => {
  test('is started again, alone, and remembers its tools', () => {
    const supervisor = both()
    const { length } = supervisor.news
    supervisor.breakActor('bank')
    expect(supervisor.words(length)).toEqual(['bank connecting, 1', 'bank connecting, 2'])
    expect(supervisor.news.at(-1)).toMatchObject({ report: { listed: true, tools: [tool] } })
    expect(supervisor.connection('mail').commands).toEqual([])
    expect(supervisor.connect('bank').words().at(-1)).toBe('bank ready, 2')
  })

  test('has its connections closed, and none of its calls is told that nothing was done: the news may be lost', () => {
    const supervisor = both().call('bank', 'first').call('bank', 'second').call('mail', 'third')
    supervisor.say('bank', { type: 'connection.call.sent', callId: 'first' }).breakActor('bank')
    expect(supervisor.connection('bank', 1).commands.at(-1)).toEqual(close)
    const told = {
      ...{ type: 'call.ended', server: 'bank', generation: 1 },
      end: {
        ok: false,
        error: {
          code: 'connection_lost',
          effect: 'unknown',
          message: 'The connection to bank was lost during the call. I do not know whether it was done.',
          cause: reason,
        },
        retryable: false,
      },
    }
    expect(supervisor.told.slice(1)).toEqual([
      ['first', told],
      ['second', told],
    ])
  })

  test('ends the reads of its connection, which have done nothing', () => {
    const ends: unknown[] = []
    both()
      .read('bank', (end) => ends.push(end))
      .breakActor('bank')
    const message = 'The connection to bank was lost during the read. Nothing was done.'
    const error = { code: 'connection_lost', effect: 'none', message, cause: reason }
    expect(ends).toEqual([{ ok: false, error }])
  })

  test('is waited for at a stop until each of its connections has closed', () => {
    const supervisor = both().restart('bank').connect('bank').breakActor('bank')
    supervisor.stop().closed('mail').closed('bank', 3)
    expect(supervisor.hasStopped).toBe(false)
    supervisor.closed('bank', 1)
    expect(supervisor.hasStopped).toBe(false)
    supervisor.closed('bank', 2)
    expect(supervisor.hasStopped).toBe(true)
  })

  test('and whose connections have closed before the stop is not waited for', () => {
    const supervisor = both().breakActor('bank').closed('bank', 1).stop().closed('mail').closed('bank', 2)
    expect(supervisor.hasStopped).toBe(true)
  })

  test('while all stop is not started again, but its connection is waited for', () => {
    const supervisor = both().stop().closed('mail').breakActor('bank', { type: 'connection.closed' })
    expect(supervisor.connections).toHaveLength(2)
    expect(supervisor.hasStopped).toBe(false)
    supervisor.connection('bank').input.onClosed()
    expect(supervisor.hasStopped).toBe(true)
  })

  test('while it drains is not started again, and its call is told', () => {
    const supervisor = both().call('bank', 'charge').configure(entryOf('mail'))
    const { length } = supervisor.news
    supervisor.breakActor('bank', { type: 'connection.call.sent', callId: 'charge' })
    expect(supervisor.words(length)).toEqual([])
    expect(supervisor.connections).toHaveLength(2)
    expect(supervisor.told).toMatchObject([['charge', { end: { error: { cause: reason } } }]])
    expect(supervisor.connection('bank').commands.at(-1)).toEqual(close)
  })
})

const { maxRestarts, withinMs } = restartBudget
function breakOften(supervisor: ScriptedSupervisor, times: number): ScriptedSupervisor {
  for (let time = 0; time < times; time++) supervisor.connect('bank').breakActor('bank')
  return supervisor
}

describe('the budget of restarts', () => {
  test('is five within a minute', () => {
    expect(restartBudget).toEqual({ maxRestarts: 5, withinMs: 60_000 })
  })

  test('is spent by one server for itself, which then fails and says why', () => {
    const supervisor = breakOften(both(), maxRestarts)
    expect(supervisor.words().at(-1)).toBe('bank connecting, 6')
    supervisor.clock.pass(100)
    supervisor.connect('bank')
    const { length } = supervisor.news
    supervisor.clock.pass(100)
    supervisor.breakActor('bank')

    const last = supervisor.news.at(-1)
    expect(supervisor.words(length)).toEqual(['bank failed, 6'])
    expect(last).toEqual({
      type: 'server.reported',
      report: expect.objectContaining({ state: 'failed', since: 200, tools: [tool], lastError: reason }),
      options: entryOf('bank').definition.options,
      server: expect.anything(),
    })
    expect(supervisor.connection('bank').commands.at(-1)).toEqual(close)
    expect(supervisor.breakActor('mail').words().at(-1)).toBe('mail connecting, 2')
  })

  test('is whole again after a while', () => {
    const supervisor = breakOften(both(), maxRestarts).connect('bank')
    supervisor.clock.pass(withinMs)
    expect(supervisor.breakActor('bank').words().at(-1)).toBe('bank connecting, 7')
  })

  test('is a new one after a restart by hand, which goes on where the broken actor was', () => {
    const supervisor = breakOften(both(), maxRestarts + 1)
    const { length } = supervisor.news
    supervisor.restart('bank')
    expect(supervisor.words(length)).toEqual(['bank connecting, 6', 'bank connecting, 7'])
    expect(supervisor.news.at(-1)).toMatchObject({ report: { listed: true, tools: [tool] } })
    expect(breakOften(supervisor, maxRestarts).words().at(-1)).toBe('bank connecting, 12')
    expect(breakOften(supervisor, 1).words().at(-1)).toBe('bank failed, 12')
  })
})

describe('a server that was given up', () => {
  const givenUp = () => breakOften(both(), 1 + maxRestarts)

  test('is not among those that are away: others come back without waiting for it', () => {
    const supervisor = both()
    for (let time = 0; time < restartBudget.maxRestarts; time++) supervisor.connect('bank').breakActor('bank')
    supervisor
      .connect('bank')
      .lose('bank')
      .breakAt(() => supervisor.restart('bank'))
    supervisor.lose('mail')
    expect(supervisor.words().slice(-3)).toEqual([
      'bank reconnecting, 6',
      'bank failed, 6',
      'mail reconnecting, 1',
    ])
    expect(supervisor.news.at(-1)).toMatchObject({ report: { nextAttemptAt: supervisor.clock.now() } })
  })

  test('can be removed', () => {
    const supervisor = givenUp()
    const { length } = supervisor.news
    expect(supervisor.configure(entryOf('mail')).words(length)).toEqual(['bank is removed'])
  })

  test('can be replaced', () => {
    const supervisor = givenUp()
    const { length } = supervisor.news
    supervisor.configure({ name: 'bank', definition: definitionOf('bank', 'another') }, entryOf('mail'))
    expect(supervisor.words(length)).toEqual(['bank connecting, 6', 'bank connecting, 7'])
  })

  test('has no options where its entry is wrong', () => {
    const supervisor = new ScriptedSupervisor().configure({ name: 'bank', problem: 'it is wrong' })
    for (let time = 0; time <= maxRestarts; time++) {
      supervisor.breakAt(() => supervisor.restart('bank'))
    }
    expect(supervisor.news.at(-1)).toMatchObject({
      report: { state: 'failed', lastError: reason },
      options: serverOptionsSchema.parse({}),
    })
  })

  test('is not waited for at a stop', () => {
    const supervisor = givenUp()
    for (let generation = 1; generation <= 6; generation++) supervisor.closed('bank', generation)
    expect(supervisor.stop().closed('mail').hasStopped).toBe(true)
  })
})

test('a supervised server follows the policy that its supervisor was given', () => {
  const { closeGraceMs, connectTimeoutMs } = parsePolicy({})
  expect(both().connection('bank').input).toMatchObject({ closeGraceMs, listTimeoutMs: connectTimeoutMs })
})
