import { describe, expect, test } from 'vitest'
import type { ServerStatus } from '../../src/contract/protocol.ts'
import { ScriptedDirectory, startedAt, toolsNamed } from './scripted-directory.ts'

describe('the status of a server', () => {
  const plain: ServerStatus = {
    ...{ name: 'bank', state: 'ready', since: startedAt, generation: 1, transport: 'stdio' },
    ...{ functions: ['charge', 'refund'], listed: true, inFlight: 0, rejected: [] },
  }

  test('has its functions, and nothing of what is not known of it', () => {
    const directory = new ScriptedDirectory().serve('bank', toolsNamed('charge', 'refund')).serve('shop')
    expect(directory.statuses()).toStrictEqual([
      plain,
      { ...plain, name: 'shop', functions: ['shop__charge'] },
    ])
  })

  test('has all that is known of it', () => {
    const peer = { name: 'Bank', version: '1.2.3', protocolVersion: '2025-11-25', capabilities: ['tools'] }
    const known = { lastError: 'status 502', nextAttemptAt: startedAt + 250, pid: 7, peer, pingMs: 3 }
    const directory = new ScriptedDirectory().serve(
      'bank',
      {
        ...toolsNamed('charge', 'refund'),
        ...known,
        transport: 'http',
        state: 'reconnecting',
        generation: 4,
      },
      { group: 'money' },
    )
    directory.entry('bank')?.inFlight.add('1').add('2')
    const expected = { transport: 'http', state: 'reconnecting', generation: 4, group: 'money', inFlight: 2 }
    expect(directory.statuses()).toStrictEqual([{ ...plain, ...known, ...expected }])
  })

  test('comes in the order of the configuration, and those that are not in it last', () => {
    const directory = new ScriptedDirectory()
    directory.arrange(['north', 'south', 'east', 'west'])
    for (const name of ['new', 'west', 'newer', 'south', 'north']) directory.serve(name, { tools: [] })
    expect(directory.statuses().map(({ name }) => name)).toEqual(['north', 'south', 'west', 'new', 'newer'])
  })
})

describe('who listens', () => {
  const counting = (directory: ScriptedDirectory) => {
    const count = { times: 0, off: () => {} }
    count.off = directory.onChange(() => void count.times++)
    return count
  }

  test('hears of each report, and of a server that goes, until it does not want to', () => {
    const directory = new ScriptedDirectory().serve('bank')
    const [one, other] = [counting(directory), counting(directory)]
    directory.serve('bank').serve('shop').remove('shop')
    directory.remove('shop')
    expect([one.times, other.times]).toEqual([3, 3])
    one.off()
    directory.serve('bank')
    expect([one.times, other.times]).toEqual([3, 4])
  })

  test('may stop listening while it is told', () => {
    const directory = new ScriptedDirectory()
    const heard: string[] = []
    const offFirst = directory.onChange(() => {
      heard.push('first')
      offFirst()
    })
    directory.onChange(() => heard.push('second'))
    directory.serve('bank').serve('bank')
    expect(heard).toEqual(['first', 'second', 'second'])
  })

  test('in a conversation, hears of its servers and of the shared ones', () => {
    const shared = new ScriptedDirectory()
    const own = new ScriptedDirectory(shared)
    const [ofOwn, ofShared] = [counting(own), counting(shared)]
    shared.serve('bank')
    own.serve('diary')
    expect([ofOwn.times, ofShared.times]).toEqual([2, 1])
    ofOwn.off()
    shared.serve('bank')
    own.serve('diary')
    expect([ofOwn.times, ofShared.times]).toEqual([2, 2])
  })
})

describe('a conversation with servers of its own', () => {
  const both = () => {
    const shared = new ScriptedDirectory().serve('bank')
    return { shared, own: new ScriptedDirectory(shared) }
  }

  test('has the functions of both, and they have not those of the other', () => {
    const { shared, own } = both()
    own.serve('diary', toolsNamed('remember'))
    expect(own.offers).toEqual({ charge: ['bank'], remember: ['diary'] })
    expect(Object.keys(own.offers)).toEqual(['charge', 'remember'])
    expect(shared.offers).toEqual({ charge: ['bank'] })
    expect(own.route('charge')).toBe(shared.route('charge'))
    expect(own.entries().map(({ report }) => report.name)).toEqual(['bank', 'diary'])
    expect(own.statuses().map(({ name }) => name)).toEqual(['diary'])
    expect([own.entry('bank'), shared.entry('diary')]).toEqual([undefined, undefined])
  })

  test('has its own tool under another name where the shared servers have that name', () => {
    const { own } = both()
    expect(own.serve('diary').offers).toEqual({ charge: ['bank'], diary__charge: ['diary'] })
  })

  test('keeps its own function where a shared server takes that name later', () => {
    const { shared, own } = both()
    own.settle()
    own.serve('diary', toolsNamed('remember'))
    shared.serve('memory', toolsNamed('remember'))
    expect(own.functions().map(({ name, servers }) => [name, servers])).toEqual([
      ['charge', ['bank']],
      ['remember', ['diary']],
    ])
    expect(own.route('remember')?.members.map(({ entry }) => entry.report.name)).toEqual(['diary'])
  })

  test('offers what changes in either, and the very same where nothing did', () => {
    const { shared, own } = both()
    own.serve('diary', toolsNamed('remember'))
    const before = own.functions()
    expect(own.functions()).toBe(before)
    expect(before.map((info) => [Object.isFrozen(info), Object.isFrozen(info.servers)])).toEqual([
      [true, true],
      [true, true],
    ])
    shared.serve('memory', toolsNamed('recall'))
    expect(own.offers).toEqual({ charge: ['bank'], recall: ['memory'], remember: ['diary'] })
    shared.serve('bank', { state: 'failed' })
    own.serve('diary', { ...toolsNamed('remember'), state: 'reconnecting' })
    expect(own.functions().map(({ name, callable }) => [name, callable])).toEqual([
      ['recall', true],
      ['remember', false],
    ])
    shared.remove('memory')
    own.serve('diary', toolsNamed('remember'), { exclude: ['remember'] })
    expect(own.functions()).toEqual([])
  })

  test('counts its open calls among those of all', () => {
    const { shared, own } = both()
    const other = new ScriptedDirectory(shared)
    own.countCall(1)
    own.countCall(1)
    other.countCall(1)
    own.countCall(-1)
    shared.countCall(1)
    expect([shared.openCalls, own.openCalls, other.openCalls]).toEqual([3, 3, 3])
  })
})
