import { describe, expect, test } from 'vitest'
import { serverOptionsSchema } from '../../src/config/definition.ts'
import { serverStates, type Tool } from '../../src/contract/protocol.ts'
import { isCallable, isGone, isOnTheWay } from '../../src/machines/directory.ts'
import {
  nobody,
  type Options,
  reportOf,
  ScriptedDirectory,
  toolNamed,
  toolsNamed,
} from './scripted-directory.ts'

const inGroup: Options = { group: 'money' }

describe('states', () => {
  test('each says whether a server takes calls, may come back, or is gone; unauthorized is none of these', () => {
    const told = serverStates.map((state) => [state, isCallable(state), isOnTheWay(state), isGone(state)])
    expect(told).toEqual([
      ['connecting', false, true, false],
      ['ready', true, false, false],
      ['degraded', true, false, false],
      ['reconnecting', false, true, false],
      ['unauthorized', false, false, false],
      ['failed', false, false, true],
      ['closing', false, false, true],
      ['closed', false, false, true],
    ])
  })
})

describe('what a model is offered', () => {
  const named = (description: string): Tool[] => [
    toolNamed('charge', { title: `Of ${description}`, description }),
  ]

  test('is told with the words and the schema of the first server that is not gone', () => {
    const directory = new ScriptedDirectory()
      .serve('bank', { state: 'failed', tools: named('gone') }, inGroup)
      .serve('shop', { state: 'reconnecting', tools: named('Charges a card.') }, inGroup)
      .serve('mint', { state: 'degraded', tools: named('other') }, inGroup)
    expect(directory.functions()).toEqual([
      {
        ...{
          name: 'charge',
          title: 'Of Charges a card.',
          description: 'Charges a card.',
          inputSchema: { type: 'object' },
        },
        ...{ servers: ['shop', 'mint'], callable: true },
      },
    ])
  })

  test.each(serverStates)('follows the state of its only server: %s', (state) => {
    const directory = new ScriptedDirectory().serve('bank', { state })
    const callable = state === 'ready' || state === 'degraded'
    const isOffered = !['failed', 'closing', 'closed'].includes(state)
    expect(directory.functions()).toMatchObject(isOffered ? [{ name: 'charge', callable }] : [])
    expect(directory.route('charge')?.members).toHaveLength(1)
  })

  test('ends with its server', () => {
    const directory = new ScriptedDirectory().serve('bank').serve('shop', toolsNamed('order'))
    directory.remove('bank')
    expect(directory.offers).toEqual({ order: ['shop'] })
    expect([directory.route('charge'), directory.entry('bank')]).toEqual([undefined, undefined])
  })

  test.each<[string, Options, string[]]>([
    ['all that is listed', {}, ['charge', 'refund', 'audit']],
    ['only what is included', { include: ['refund', 'other'] }, ['refund']],
    ['nothing, where nothing is included', { include: [] }, []],
    ['not what is excluded', { exclude: ['refund'] }, ['charge', 'audit']],
    ['not what is included and excluded', { include: ['charge', 'audit'], exclude: ['audit'] }, ['charge']],
    [
      'a tool under another name',
      { tools: { refund: { as: 'give back' } } },
      ['charge', 'give_back', 'audit'],
    ],
    [
      'a tool that is the pinned one',
      { tools: { refund: { hash: hashOf('r') } } },
      ['charge', 'refund', 'audit'],
    ],
    [
      'not a tool that is another than the pinned one',
      { tools: { refund: { hash: hashOf('q') } } },
      ['charge', 'audit'],
    ],
  ])('is %s', (_, options, names) => {
    const refund = toolNamed('refund', { hash: hashOf('r') })
    const listed = [toolNamed('charge'), refund, toolNamed('audit')]
    const directory = new ScriptedDirectory().serve('bank', { tools: listed }, options)
    expect(Object.keys(directory.offers)).toEqual(names)
    const isPinnedWrong = options.tools?.refund?.hash === hashOf('q')
    const reason = `its definition is not the pinned one; its hash is ${hashOf('r')}`
    expect(directory.rejectedOf('bank')).toEqual(isPinnedWrong ? [{ name: 'refund', reason }] : [])
  })

  test('changes with the tools of a server, and with its options', () => {
    const listed = toolsNamed('charge', 'refund')
    const directory = new ScriptedDirectory().serve('bank', listed)
    expect(Object.keys(directory.offers)).toEqual(['charge', 'refund'])
    directory.serve('bank', listed, { exclude: ['charge'] })
    expect(Object.keys(directory.offers)).toEqual(['refund'])
    directory.serve('bank', toolsNamed('audit'), { exclude: ['charge'] })
    expect(Object.keys(directory.offers)).toEqual(['audit'])
  })

  test('is not worked out anew when only the state of a server changes', () => {
    const directory = new ScriptedDirectory()
    const options = serverOptionsSchema.parse({})
    const report = reportOf('bank')
    directory.update(report, options, nobody)
    const route = directory.route('charge')
    const entry = directory.entry('bank')
    directory.update({ ...report, state: 'degraded' }, options, nobody)
    expect(directory.route('charge')).toBe(route)
    expect([directory.entry('bank'), entry?.report.state]).toEqual([entry, 'degraded'])
  })
})

describe('two servers with the same tool', () => {
  test('the second in the configuration offers it under its own name too, whoever came first', () => {
    const directory = new ScriptedDirectory()
    directory.arrange(['bank', 'shop'])
    directory.serve('shop').serve('bank')
    expect(directory.offers).toEqual({ charge: ['bank'], shop__charge: ['shop'] })
  })

  test('once settled, who came first keeps the name, also while it is away', () => {
    const directory = new ScriptedDirectory()
    directory.arrange(['bank', 'shop'])
    directory.serve('shop').settle()
    directory.serve('bank')
    expect(directory.offers).toEqual({ charge: ['shop'], bank__charge: ['bank'] })
    directory.remove('shop')
    expect(directory.offers).toEqual({ bank__charge: ['bank'] })
    expect(directory.serve('shop').offers).toEqual({ bank__charge: ['bank'], charge: ['shop'] })
  })

  test('of one group offer one function', () => {
    const directory = new ScriptedDirectory().serve('bank', {}, inGroup).serve('shop', {}, inGroup)
    expect(directory.offers).toEqual({ charge: ['bank', 'shop'] })
  })

  test('of two groups offer two, the second under the name of its group', () => {
    const directory = new ScriptedDirectory().serve('bank', {}, inGroup).serve('shop', {}, { group: 'goods' })
    expect(directory.offers).toEqual({ charge: ['bank'], goods__charge: ['shop'] })
  })

  test('of one group with another schema: the second is left out, and it is said why', () => {
    const other = [toolNamed('charge', { inputSchema: { type: 'object', required: ['amount'] } })]
    const directory = new ScriptedDirectory().serve('bank', {}, inGroup)
    directory.serve('shop', { tools: other }, inGroup)
    expect(directory.offers).toEqual({ charge: ['bank'] })
    const reason = 'its schema is not that of bank, of the same group'
    expect(directory.rejectedOf('shop')).toEqual([{ name: 'charge', reason }])
    expect(directory.rejectedOf('bank')).toEqual([])
    directory.remove('bank')
    expect([directory.offers, directory.rejectedOf('shop')]).toEqual([{ charge: ['shop'] }, []])
  })
})

describe('tools that are left out', () => {
  test('are told with the reason, after those that the server wrote wrongly', () => {
    const malformed = { name: 'broken', reason: 'it has no schema' }
    const directory = new ScriptedDirectory().serve('bank', {
      ...toolsNamed('charge', 'charge', 'bank__charge', 'bank/charge', 'charge'),
      rejected: [malformed],
    })
    expect(Object.keys(directory.offers)).toEqual(['charge', 'bank__charge', 'bank_charge'])
    const twice = { name: 'charge', reason: 'the server lists it twice' }
    expect(directory.rejectedOf('bank')).toEqual([malformed, twice, twice])
  })

  test('are those with names that are both taken', () => {
    const directory = new ScriptedDirectory()
      .serve('bank', toolsNamed('charge', 'shop__charge'))
      .serve('shop')
    expect(directory.offers).toEqual({ charge: ['bank'], shop__charge: ['bank'] })
    const reason = 'its name and shop__charge are both taken'
    expect(directory.rejectedOf('shop')).toEqual([{ name: 'charge', reason }])
  })
})

function hashOf(letter: string): string {
  return `sha256-${letter.repeat(43)}=`
}
