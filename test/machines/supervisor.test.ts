import { describe, expect, test } from 'vitest'
import { type ServerEntry, serverOptionsSchema } from '../../src/config/definition.ts'
import type { CallEnd } from '../../src/contract/connection.ts'
import { definitionOf } from '../properties/silent-connection.ts'
import { tool } from './scripted-server.ts'
import { ScriptedSupervisor } from './scripted-supervisor.ts'

function entryOf(name: string, command = 'unused', options = {}): ServerEntry {
  const definition = definitionOf(name, command)
  return { name, definition: { ...definition, options: serverOptionsSchema.parse(options) } }
}

const bank = entryOf('bank', 'unused', { group: 'money' })
const mail = entryOf('mail')
const close = { type: 'close' }

const both = () => new ScriptedSupervisor().configure(bank, mail).connect('bank').connect('mail')

describe('a configuration', () => {
  test('starts a server for each entry, and tells what each reports, with its options and where to reach it', () => {
    const supervisor = both()
    expect(supervisor.words()).toEqual([
      'bank connecting, 0',
      'bank connecting, 1',
      'mail connecting, 0',
      'mail connecting, 1',
      'bank ready, 1',
      'mail ready, 1',
    ])
    expect(supervisor.news.at(-2)).toEqual({
      type: 'server.reported',
      report: expect.objectContaining({ name: 'bank', state: 'ready', tools: [tool] }),
      options: serverOptionsSchema.parse({ group: 'money' }),
      server: expect.anything(),
    })
    supervisor.call('bank', 'charge')
    expect(supervisor.connection('bank').commands).toMatchObject([{ type: 'call', callId: 'charge' }])
    expect(supervisor.connection('mail').commands).toEqual([])
  })

  test('gives a wrong entry no options, and no connection', () => {
    const supervisor = new ScriptedSupervisor().configure({ name: 'bank', problem: 'it is wrong' })
    expect(supervisor.words()).toEqual(['bank connecting, 0', 'bank connecting, 0', 'bank failed, 0'])
    expect(supervisor.news.at(-1)).toMatchObject({ options: serverOptionsSchema.parse({}) })
    expect(supervisor.connections).toEqual([])
  })

  test('that says the same in another order changes nothing', () => {
    const supervisor = both()
    const { length } = supervisor.news
    supervisor.configure(mail, entryOf('bank', 'unused', { group: 'money' }))
    expect(supervisor.words(length)).toEqual([])
    expect(supervisor.connections.flatMap(({ commands }) => commands)).toEqual([])
  })

  test.each([
    ['options', entryOf('bank', 'unused', { group: 'savings' })],
    ['command', entryOf('bank', 'another', { group: 'money' })],
  ])('with other %s replaces that server alone, by one that has listed nothing yet', (_, changed) => {
    const supervisor = both()
    const { length } = supervisor.news
    supervisor.configure(changed, mail)
    expect(supervisor.words(length)).toEqual(['bank connecting, 1', 'bank connecting, 2'])
    expect(supervisor.news.at(-1)).toMatchObject({
      report: { listed: false, tools: [] },
      options: changed.definition?.options,
    })
    expect(supervisor.connection('bank', 1).commands).toEqual([close])
    expect(supervisor.connection('mail').commands).toEqual([])
  })

  test('that replaces a server lets its calls finish there, and tells no more of it', () => {
    const supervisor = both().call('bank', 'charge').configure(entryOf('bank', 'another'), mail)
    expect(supervisor.connection('bank', 1).commands).toMatchObject([{ type: 'call' }])
    const { length } = supervisor.news
    const end: CallEnd = { ok: true, content: [] }
    supervisor.say('bank', { type: 'connection.call.ended', callId: 'charge', end }, 1).closed('bank', 1)
    expect(supervisor.told).toEqual([['charge', { type: 'call.ended', server: 'bank', generation: 1, end }]])
    expect(supervisor.connection('bank', 1).commands.at(-1)).toEqual(close)
    expect(supervisor.words(length)).toEqual([])
  })

  test('without a server removes it, and tells of its leaving', () => {
    const supervisor = both()
    const { length } = supervisor.news
    supervisor.configure(mail)
    expect(supervisor.words(length)).toEqual([
      'bank is removed',
      'bank leaves, closing, 1',
      'bank leaves, closing, 1',
    ])
    expect(supervisor.connection('mail').commands).toEqual([])
    supervisor.closed('bank')
    expect(supervisor.words(length).slice(3)).toEqual(['bank leaves, closed, 1'])
    expect(supervisor.news.at(-1)).toMatchObject({ options: serverOptionsSchema.parse({}) })
  })

  test('with a server that was removed before goes on with its generations', () => {
    const supervisor = both().lose('bank')
    supervisor.clock.pass(0)
    supervisor.configure(mail)
    const { length } = supervisor.news
    supervisor.configure(bank, mail)
    expect(supervisor.words(length)).toEqual(['bank connecting, 2', 'bank connecting, 3'])
  })

  test('with another server that was away before leaves the generations of others alone', () => {
    const supervisor = both().configure(mail)
    const { length } = supervisor.news
    supervisor.configure(mail, entryOf('maps'))
    expect(supervisor.words(length)).toEqual(['maps connecting, 0', 'maps connecting, 1'])
  })
})

describe('servers that are away together', () => {
  const waits = (supervisor: ScriptedSupervisor) =>
    supervisor.news.flatMap((one) => {
      if (one.type !== 'server.reported' || one.report.nextAttemptAt === undefined) return []
      return [[one.report.name, one.report.nextAttemptAt - supervisor.clock.now()]]
    })

  test('come back one after the other', () => {
    const supervisor = both().configure(bank, mail, entryOf('maps')).connect('maps')
    supervisor.lose('bank').lose('mail').lose('maps')
    expect(waits(supervisor)).toEqual([
      ['bank', 0],
      ['mail', 25],
      ['maps', 50],
    ])
  })

  test('do not count those that connect for the first time, are ready again, or were removed', () => {
    const supervisor = both().configure(bank, mail, entryOf('maps')).lose('bank')
    supervisor.clock.pass(0)
    supervisor.connect('bank').lose('mail').configure(bank, entryOf('maps')).lose('bank')
    expect(waits(supervisor)).toEqual([
      ['bank', 0],
      ['mail', 0],
      ['bank', 125],
    ])
    expect(waits(supervisor.connect('maps').lose('maps')).at(-1)).toEqual(['maps', 25])
  })
})

describe('a restart by hand', () => {
  test('is that of one server, whose actor stays', () => {
    const supervisor = both()
    const { length } = supervisor.news
    const before = supervisor.news.find((one) => one.type === 'server.reported' && one.report.name === 'bank')
    supervisor.restart('bank')
    expect(supervisor.words(length)).toEqual(['bank connecting, 1', 'bank connecting, 2'])
    expect(supervisor.news.at(-1)).toHaveProperty(
      'server',
      before?.type === 'server.reported' && before.server,
    )
    expect(supervisor.connection('bank', 1).commands).toEqual([close])
    expect(supervisor.connection('mail').commands).toEqual([])
  })

  test('of a server that is not configured is nothing', () => {
    const supervisor = both()
    const { length } = supervisor.news
    expect(supervisor.restart('maps').words(length)).toEqual([])
  })
})

describe('a stop', () => {
  test('closes every server, and ends when the last has closed', () => {
    const supervisor = both().call('bank', 'charge').stop()
    expect(supervisor.connections.map(({ commands }) => commands.at(-1))).toEqual([close, close])
    expect(supervisor.told).toMatchObject([['charge', { type: 'call.ended' }]])
    expect(supervisor.closed('bank').hasStopped).toBe(false)
    expect(supervisor.words().slice(-3)).toEqual(['bank closing, 1', 'mail closing, 1', 'bank closed, 1'])
    expect(supervisor.closed('mail').hasStopped).toBe(true)
  })

  test('waits for servers that were removed or replaced before', () => {
    const supervisor = both().call('bank', 'charge').configure(entryOf('bank', 'another')).stop()
    expect(supervisor.connection('bank', 1).commands.at(-1)).toEqual(close)
    supervisor.closed('bank', 2)
    expect(supervisor.hasStopped).toBe(false)
    supervisor.closed('mail')
    expect(supervisor.hasStopped).toBe(false)
    supervisor.closed('bank', 1)
    expect(supervisor.hasStopped).toBe(true)
  })

  test('does not wait for servers that had closed before', () => {
    const supervisor = both().configure(mail).closed('bank').stop().closed('mail')
    expect(supervisor.hasStopped).toBe(true)
  })

  test('lets nobody start a server any more', () => {
    const supervisor = both().stop().configure(entryOf('maps')).restart('bank')
    expect(supervisor.connections).toHaveLength(2)
    expect(supervisor.closed('bank').closed('mail').hasStopped).toBe(true)
  })

  test('of nobody ends at once', () => {
    expect(new ScriptedSupervisor().stop().hasStopped).toBe(true)
  })
})
