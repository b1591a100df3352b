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
import { MachineCoverage } from '../model/machine-coverage.ts'
import { planOf } from '../simulation/plan.ts'
import { simulate } from '../simulation/simulate.ts'
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

  hand('a call for a server that refuses us is given back', (server) => {
    server.refuse().call('late', 1)
    expect(server.told).toEqual([['late', refused(1)]])
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
    expect(call.getSnapshot().value).toBe('running')
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
