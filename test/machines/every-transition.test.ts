import { describe, expect, onTestFinished, test } from 'vitest'
import { createActor, SimulatedClock } from 'xstate'
import type { CallEnd } from '../../src/connection.ts'
import { callMachine } from '../../src/machines/call.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { Directory, type ServerReport } from '../../src/machines/directory.ts'
import type { CallReport } from '../../src/machines/messages.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { supervisorMachine } from '../../src/machines/supervisor.ts'
import { parsePolicy } from '../../src/policy.ts'
import type { ServerState, Tool } from '../../src/protocol.ts'
import type { ReadEnd } from '../../src/reads.ts'
import { MachineCoverage } from '../model/machine-coverage.ts'
import { planOf } from '../simulation/plan.ts'
import { simulate } from '../simulation/simulate.ts'
import { asked, ended, ScriptedCall } from './scripted-call.ts'
import { ScriptedConversation } from './scripted-conversation.ts'
import {
  entry,
  type ScriptedConnection,
  ScriptedServer,
  scriptedConnection,
  tool,
} from './scripted-server.ts'

const coverage = new MachineCoverage([supervisorMachine, serverMachine, callMachine, conversationMachine])
const { inspect } = coverage
const parts = { simulated: 0, byHand: 0 }

/** Whatever runs of a switchboard bring about. */
describe('in simulated hours', () => {
  test.each([1, 2, 3])('of seed %i', async (seed) => {
    for (const mode of ['safety', 'liveness'] as const) {
      expect((await simulate(planOf(seed, mode), { inspect })).violations).toEqual([])
    }
    parts.simulated += 1
  })
})

/** What comes too rarely to wait for it, or is there only in case that a part breaks its contract. */
describe('at odd moments', () => {
  const hand = (name: string, work: (server: ScriptedServer) => void) =>
    test(name, () => {
      const server = new ScriptedServer(inspect)
      onTestFinished(() => void server.actor.stop())
      work(server)
      parts.byHand += 1
    })

  const refused = (generation: number) => ({
    type: 'call.ended',
    server: 'bank',
    generation,
    end: {
      ok: false,
      error: expect.objectContaining({ code: 'server_unavailable', effect: 'none' }),
      retryable: true,
    },
  })

  hand('a server that writes what is no message while it is dialled is dialled on', (server) => {
    const garbled = { type: 'connection.garbled', reason: 'no JSON' } as const
    server.say(garbled).connect().lose()
    server.clock.increment(1)
    server.say(garbled).connect()
    expect(server.states).toEqual(['connecting', 'ready', 'reconnecting', 'ready'])
  })

  hand('a call for a server that refuses us is given back', (server) => {
    server.refuse().call('late', 1)
    expect(server.told).toEqual([['late', refused(1)]])
  })

  hand('a server that refuses us is tried again when it would be given something else', (server) => {
    server.refuse().send('credentials.renewed').connect()
    expect(server.states).toEqual(['connecting', 'unauthorized', 'connecting', 'ready'])
  })

  hand('what changed while it refused what it had is tried once', (server) => {
    server.send('credentials.renewed').refuse().refuse()
    expect(server.states).toEqual(['connecting', 'unauthorized', 'connecting', 'unauthorized'])
  })

  hand('a call for an older connection of a ready server is given back', (server) => {
    server.connect().send('restart').connect().call('late', 1)
    expect(server.told).toEqual([['late', refused(1)]])
  })

  hand('a call for an older connection of a degraded server is given back', (server) => {
    server.connect().send('restart').connect().degrade().call('late', 1)
    expect(server.told).toEqual([['late', refused(1)]])
  })

  hand('an older connection that throws is forgotten, and the present one stays', (server) => {
    server.connect()
    server.connection().throwsAt = 'close'
    server.send('restart').connect().send('close').closed(2)
    expect(server.states).toEqual(['connecting', 'ready', 'connecting', 'ready', 'closing', 'closed'])
  })

  hand('a ready server cares for nothing that an older connection says', (server) => {
    server.connect().send('restart').connect()
    const before = server.actor.getSnapshot().context
    server.connection(1).say({ type: 'connection.checked', generation: 1, ok: false, lastByteAt: 0 })
    server.lose(1)
    expect(server.actor.getSnapshot().context).toBe(before)
  })

  hand('a server that is dialled cares not that an older connection is lost', (server) => {
    server.connect().send('restart')
    const before = server.actor.getSnapshot().context
    server.lose(1)
    expect(server.actor.getSnapshot().context).toBe(before)
  })

  hand('a draining server still tells of progress', (server) => {
    server.connect().call('charge').sent('charge').send('retire')
    server.say({ type: 'connection.call.progress', callId: 'charge', progress: { progress: 1 } })
    expect(server.told.at(-1)).toEqual(['charge', { type: 'call.progress', progress: { progress: 1 } }])
  })

  hand('a degraded server is asked at once when something looks wrong', (server) => {
    server.connect().degrade()
    server.connection().say({ type: 'connection.suspect', generation: 1, reason: 'a gap' })
    expect(server.connection().commands).toEqual([{ type: 'check', timeoutMs: 1_000 }])
  })

  hand('a server that refuses us when it is dialled again waits for credentials', (server) => {
    server.connect().lose()
    server.clock.increment(1)
    server.refuse()
    expect(server.states).toEqual(['connecting', 'ready', 'reconnecting', 'unauthorized'])
  })

  hand('a degraded server cares for nothing that an older connection says', (server) => {
    server.connect().send('restart').connect().degrade()
    const before = server.actor.getSnapshot().context
    server.connection(1).say({ type: 'connection.checked', generation: 1, ok: true, lastByteAt: 0 })
    server.lose(1, true)
    expect(server.actor.getSnapshot().context).toBe(before)
  })

  hand('a degraded server that is lost for good fails', (server) => {
    server.connect().degrade().lose(1, true)
    expect(server.states).toEqual(['connecting', 'ready', 'degraded', 'failed'])
  })

  hand('a degraded server that is lost is dialled again at once', (server) => {
    server.connect().degrade().lose()
    server.clock.increment(1)
    expect(server.states).toEqual(['connecting', 'ready', 'degraded', 'reconnecting'])
    expect(server.generation).toBe(2)
  })

  hand('a server whose first connection is lost for good fails', (server) => {
    server.lose(1, true)
    expect(server.states).toEqual(['connecting', 'failed'])
  })

  hand('a degraded server whose events end is dialled again once its call has ended', (server) => {
    server.connect().call('charge').degrade().degrade()
    server.connection().say({ type: 'connection.stream.lost', generation: 1, reason: 'it ended' })
    expect(server.states).toEqual(['connecting', 'ready', 'degraded'])
    server.end('charge')
    expect(server.states).toEqual(['connecting', 'ready', 'degraded', 'reconnecting'])
  })

  hand('a degraded server may refuse us', (server) => {
    server.connect().degrade().refuse()
    expect(server.states).toEqual(['connecting', 'ready', 'degraded', 'unauthorized'])
  })

  hand('a server that is dialled again may refuse us', (server) => {
    server.connect().lose()
    server.clock.increment(1)
    server.refuse()
    expect(server.states).toEqual(['connecting', 'ready', 'reconnecting', 'unauthorized'])
  })

  hand('a server that answers after it was silent is only deaf while it works', (server) => {
    server.connect().call('charge').sent('charge')
    server.clock.increment(1_500)
    server.connection().say({ type: 'connection.checked', generation: 1, ok: false, lastByteAt: 0 })
    server.connection().say({ type: 'connection.call.late', generation: 1 })
    server.call('other').sent('other')
    server.clock.increment(1_500)
    server.degrade()
    const ended = server.told.flatMap(([callId, { type }]) => (type === 'call.ended' ? callId : []))
    expect(ended).toEqual(['charge'])
  })

  hand('silence may end a call before the second ping has', (server) => {
    server.connect().call('charge').sent('charge')
    server.clock.increment(1_000)
    server.connection().say({ type: 'connection.checked', generation: 1, ok: false, lastByteAt: 0 })
    server.clock.increment(500)
    expect(server.told.at(-1)).toMatchObject([
      'charge',
      { end: { error: { code: 'timed_out', effect: 'unknown' } } },
    ])
    expect(server.states).toEqual(['connecting', 'ready'])
  })

  hand('a call that goes out while its server drains is told so', (server) => {
    server.connect().call('charge').send('retire').sent('charge')
    expect(server.told).toEqual([['charge', { type: 'call.sent', server: 'bank', generation: 1 }]])
  })

  hand('a ready server cares for no ping of an older connection', (server) => {
    server.connect().send('restart').connect()
    const before = server.actor.getSnapshot().context
    server.connection(1).say({ type: 'connection.checked', generation: 1, ok: false, lastByteAt: 0 })
    expect(server.actor.getSnapshot().context).toBe(before)
  })

  hand('a degraded server in which something looks wrong is looked at', (server) => {
    server.connect().degrade()
    server.connection().say({ type: 'connection.suspect', generation: 1, reason: 'it broke off' })
    expect(server.connection().commands.at(-1)).toMatchObject({ type: 'check' })
  })

  hand('a server that comes back may refuse us', (server) => {
    server.connect().lose()
    server.pass(1).refuse()
    expect(server.states).toEqual(['connecting', 'ready', 'reconnecting', 'unauthorized'])
  })

  const drains = ['connecting', 'ready', 'closing']

  hand('a draining server cares for nothing that an older connection says', (server) => {
    server.connect().send('restart').connect().call('charge').send('retire').lose(1)
    expect(server.told).toEqual([])
  })

  test.each<[string, (server: ScriptedServer) => unknown]>([
    ['it is lost', (server) => server.lose()],
    ['it refuses us', (server) => server.refuse()],
    [
      'its connection throws',
      (server) => {
        server.connection().throwsAt = 'cancel'
        server.actor.send({ type: 'call.cancel', callId: 'other', reason: 'cancelled' })
      },
    ],
  ])('a draining server ends at once when %s', (_, happens) => {
    const server = new ScriptedServer(inspect)
    server.connect().call('other').call('charge').sent('charge').send('retire')
    happens(server)
    const ended = server.told.filter(([callId, news]) => callId === 'charge' && news.type === 'call.ended')
    expect(ended).toMatchObject([
      ['charge', { end: { error: { code: 'connection_lost', effect: 'unknown' } } }],
    ])
    server.actor.stop()
    parts.byHand += 1
  })

  hand('a draining server is not brought back, and drains once', (server) => {
    server.connect().call('charge').send('retire').send('restart').send('retire')
    expect(server.states).toEqual(drains)
    expect(server.generation).toBe(1)
  })

  hand('a closing server closes once, and is not brought back', (server) => {
    server.connect().send('close').send('restart').send('retire').send('close')
    expect(server.states).toEqual(drains)
    expect(server.connection().commands).toEqual([{ type: 'close' }])
    server.closed(1)
    expect(server.states).toEqual([...drains, 'closed'])
  })

  hand('a closing server does not wait for a connection that throws', (server) => {
    server.connect()
    server.connection().throwsAt = 'close'
    server.send('close')
    expect(server.states).toEqual([...drains, 'closed'])
  })

  test('a server with a wrong entry fails', () => {
    const reports: ServerReport[] = []
    const supervisor = createActor(supervisorMachine, {
      inspect,
      input: { policy: parsePolicy({}), now: () => 0, random: () => 0 },
    }).start()
    supervisor.on('server.reported', ({ report }) => reports.push(report))
    supervisor.send({ type: 'servers.configure', entries: [{ name: 'bank', problem: 'it is wrong' }] })
    expect(reports.at(-1)).toMatchObject({ state: 'failed', lastError: 'it is wrong' })
    // Other credentials do not help it.
    supervisor.send({ type: 'server.renew', name: 'bank' })
    supervisor.send({ type: 'server.renew', name: 'nobody' })
    expect(reports).toHaveLength(3)
    supervisor.stop()
    parts.byHand += 1
  })

  test('what a server logs is told', () => {
    const dialled: ScriptedConnection[] = []
    const logged: unknown[] = []
    const connection = scriptedConnection((one) => dialled.push(one))
    const server = serverMachine.provide({ actors: { connection } })
    const supervisor = createActor(supervisorMachine.provide({ actors: { server } }), {
      inspect,
      input: { policy: parsePolicy({}), now: () => 0, random: () => 0 },
    }).start()
    supervisor.on('server.logged', (news) => logged.push(news))
    supervisor.send({ type: 'servers.configure', entries: [entry] })
    dialled[0]?.say({ type: 'connection.logged', generation: 1, level: 'info', text: 'hello' })
    dialled[0]?.say({ type: 'connection.logged', generation: 0, level: 'info', text: 'from before' })
    expect(logged).toEqual([
      { type: 'server.logged', name: 'bank', message: { level: 'info', text: 'hello' } },
    ])
    supervisor.stop()
    parts.byHand += 1
  })

  test('a server actor that throws while all stop is not started again, and its connection is closed', () => {
    const dialled: ScriptedConnection[] = []
    let isStopping = false
    const server = serverMachine.provide({
      actors: { connection: scriptedConnection((connection) => dialled.push(connection)) },
      actions: {
        endCalls: () => {
          if (isStopping) throw new Error('a bug')
        },
      },
    })
    const supervisor = createActor(supervisorMachine.provide({ actors: { server } }), {
      inspect,
      input: { policy: parsePolicy({}), now: () => 0, random: () => 0 },
    }).start()
    supervisor.send({ type: 'servers.configure', entries: [entry] })
    isStopping = true
    supervisor.send({ type: 'stop' })
    expect(supervisor.getSnapshot().value).toBe('stopping')
    expect(dialled.map(({ commands }) => commands)).toEqual([[{ type: 'close' }]])

    dialled[0]?.input.onClosed()
    expect(supervisor.getSnapshot()).toMatchObject({ status: 'done', value: 'stopped' })
    parts.byHand += 1
  })

  const callOf = (state: ServerState) => {
    const told: CallReport[] = []
    const directory = new Directory()
    const reading: Tool = { ...tool, annotations: { readOnlyHint: true } }
    const report: ServerReport = {
      ...{ name: 'bank', state, since: 0, generation: 2, transport: 'stdio' },
      ...{ listed: true, tools: [reading], rejected: [] },
    }
    directory.update(report, entry.definition.options, { send: () => {} })
    const call = createActor(callMachine, {
      inspect,
      clock: new SimulatedClock(),
      input: {
        ...{ callId: '1', functionName: 'charge', arguments: {}, timeoutMs: undefined, directory },
        policy: parsePolicy({}),
        now: () => 0,
        conversation: { send: (news) => told.push(news) },
      },
    }).start()
    onTestFinished(() => void call.stop())
    return { call, told }
  }

  test('a call does not take the end of another attempt for its own', () => {
    const { call, told } = callOf('ready')
    const end: CallEnd = { ok: true, content: [] }
    call.send({ type: 'call.ended', server: 'bank', generation: 1, end })
    call.send({ type: 'call.ended', server: 'shop', generation: 2, end })

    expect(told).toEqual([])
    expect(call.getSnapshot().matches('running')).toBe(true)
    parts.byHand += 1
  })

  test('a call that only reads is cancelled by an interruption while it waits', () => {
    const { call, told } = callOf('reconnecting')
    expect(call.getSnapshot().value).toBe('waiting')
    call.send({ type: 'interrupt' })

    const error = { code: 'cancelled', effect: 'none', message: 'charge was cancelled. Nothing was done.' }
    expect(told).toEqual([
      {
        type: 'call.ended',
        callId: '1',
        outcome: { ok: false, callId: '1', error, attempts: [], durationMs: 0 },
      },
    ])
    parts.byHand += 1
  })

  hand('a question reaches its call, and is taken back', (server) => {
    server.connect().call('charge').sent('charge').ask('seat').ask('date').answer('charge', 'seat')
    const { generation } = server
    server.connection().say({ type: 'connection.question.withdrawn', generation, questionId: 'date' })
    expect(server.told.map(([, { type }]) => type)).toEqual([
      ...['call.sent', 'call.question', 'call.question', 'call.question.withdrawn'],
    ])
    const reply = { action: 'decline' }
    expect(server.connection().commands.at(-1)).toEqual({ type: 'answer', questionId: 'seat', reply })
  })

  hand('a read ends as the connection says, also when it is cancelled, and once', (server) => {
    server.connect().read('a').read('b').degrade()
    server.actor.send({ type: 'read.cancel', readId: 'a' })
    server.actor.send({ type: 'read.cancel', readId: 'nobody' })
    const request = { method: 'prompts/list' }
    expect(server.connection().commands).toEqual([
      { type: 'read', readId: 'a', request, timeoutMs: 1_000 },
      { type: 'read', readId: 'b', request, timeoutMs: 1_000 },
      { type: 'read.cancel', readId: 'a' },
    ])
    const end: ReadEnd = { ok: true, result: { prompts: [] } }
    server.say({ type: 'connection.read.ended', readId: 'b', end })
    server.say({ type: 'connection.read.ended', readId: 'b', end })
    expect(server.reads).toEqual([['b', end]])
  })

  hand('reads end with their connection, and none begins without one', (server) => {
    server.read('early').connect().read('lost').lose().read('late')
    const ended = server.reads.map(([readId, end]) => [readId, end.ok || end.error.message])
    expect(ended).toEqual([
      ['early', 'bank is connecting. Nothing was done.'],
      ['lost', 'The connection to bank was lost during the read. Nothing was done.'],
      ['late', 'bank is reconnecting. Nothing was done.'],
    ])
  })

  hand('a degraded server may change its tools', (server) => {
    server.connect().degrade().say({ type: 'connection.tools', tools: [], rejected: [] })
    expect(server.reports.at(-1)).toMatchObject({ state: 'degraded', tools: [] })
  })

  hand('a server may ask, and take that back, while it is doubted, and while it is retired', (server) => {
    server.connect().call('charge').sent('charge').degrade().degrade().ask('seat')
    server.say({ type: 'connection.question.withdrawn', questionId: 'seat' }).send('retire').ask('date')
    server.say({ type: 'connection.question.withdrawn', questionId: 'date' })
    expect(server.states).toEqual(['connecting', 'ready', 'degraded', 'closing'])
    expect(server.told.map(([, { type }]) => type)).toEqual([
      ...['call.sent', 'call.question', 'call.question.withdrawn'],
      ...['call.question', 'call.question.withdrawn'],
    ])
  })

  hand('a question in the handshake is asked of nobody, also when the server is dialled again', (server) => {
    const dismissed = { type: 'answer', questionId: 'seat', reply: { action: 'cancel' } }
    server.ask('seat')
    expect(server.connection().commands).toEqual([dismissed])
    server.connect().lose()
    server.clock.increment(1)
    server.ask('seat')
    expect(server.connection(2).commands).toEqual([dismissed])
  })

  test('a call asks its caller, in every way', () => {
    const call = new ScriptedCall({ inspect })
    const question = { mode: 'form', message: '', schema: {} } as const
    call.actor.send({ type: 'call.question', server: 'shop', generation: 1, questionId: 'other', question })
    call.ask('a').wait(60_000).ask('b').ask('c').ask('d').answer('d', { action: 'decline' })
    call.actor.send({ type: 'call.question.withdrawn', questionId: 'c' })
    call.actor.send({ type: 'call.question.withdrawn', questionId: 'b' })
    call.actor.send({ type: 'call.progress', progress: { progress: 1 } })
    call.actor.send({ type: 'interrupt' })
    for (const seat of [1, 2, 3]) call.answer('d', { action: 'accept', content: { seat } })
    for (let number = 1; number <= 17; number++)
      call.ask(`${number}`).answer(`${number}`, { action: 'cancel' })
    call.end()

    const ends = call.told.filter(({ type }) => type === 'question.asked' || type === 'question.ended')
    expect(ends.slice(0, 6)).toEqual([
      ...[asked('a'), ended('a', 'timed_out'), asked('b'), ended('b', 'withdrawn')],
      ...[asked('d'), ended('d', 'cancelled')],
    ])
    expect(ends).toHaveLength(2 * 19)
    parts.byHand += 1
  })

  const conversationOf = () => new ScriptedConversation({}, callMachine, inspect).serve('bank')

  test('a conversation asks for its calls', () => {
    const news: unknown[] = []
    const conversation = conversationOf()
    for (const type of ['question.asked', 'question.refused', 'question.ended'] as const) {
      conversation.actor.on(type, (one) => news.push([one.type, one.callId, one.function]))
    }
    const question = { mode: 'form', message: 'Which seat?', schema: { required: ['seat'] } } as const
    conversation
      .call()
      .tell({ type: 'call.question', server: 'bank', generation: 1, questionId: 'a', question })
    const answer = { type: 'question.answer', callId: '1', questionId: 'a' } as const
    conversation.send({ ...answer, answer: { action: 'accept', content: {} } })
    conversation.send({ ...answer, answer: { action: 'decline' } })

    expect(news).toEqual([
      ['question.asked', '1', 'charge'],
      ['question.refused', '1', 'charge'],
      ['question.ended', '1', 'charge'],
    ])
    parts.byHand += 1
  })

  test('a conversation puts a question to the caller until it is heard, or its time is over', () => {
    const conversation = new ScriptedConversation({}, callMachine, inspect)
    conversation.serve('bank', {}, { tools: { charge: { confirm: true } } }).call('charge', { response: 'a' })
    conversation.hears()
    expect(conversation.puts).toEqual(['000000'])
    conversation.wait(60_000)
    expect(conversation.due).toBeUndefined()
    parts.byHand += 1
  })

  test('a conversation hears who speaks, and notices when nobody does', () => {
    const conversation = conversationOf().call('charge', { response: 'a' }).wait(1_200)
    conversation.says('agent').says('caller')
    expect(conversation.news.map(({ type }) => type)).toEqual(['call.started', 'silence.noticed'])
    parts.byHand += 1
  })
})

test('every state of the machines was entered, and every transition taken', ({ skip }) => {
  // With a filter.
  skip(parts.simulated === 0 || parts.byHand === 0, 'only some of the tests ran')
  const { states, transitions } = coverage
  const share = ({ all, missing }: typeof states) => `${all.length - missing.length}/${all.length}`
  console.log(`src/machines: states ${share(states)}, transitions ${share(transitions)}`)

  expect(states.missing).toEqual([])
  expect(transitions.missing).toEqual([])
})
