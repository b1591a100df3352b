import { expect } from 'vitest'
import type { ReadEnd } from '../../../src/contract/reads.ts'
import { type Inspect, serverTest } from './server-test.ts'

export function testServerCalls(inspect: Inspect): void {
  const onServer = serverTest(inspect)

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

  onServer('a call for a server that refuses us is given back', (server) => {
    server.refuse().call('late', 1)
    expect(server.told).toEqual([['late', refused(1)]])
  })

  onServer('a call for an older connection of a ready server is given back', (server) => {
    server.connect().send('restart').connect().call('late', 1)
    expect(server.told).toEqual([['late', refused(1)]])
  })

  onServer('a call for an older connection of a degraded server is given back', (server) => {
    server.connect().send('restart').connect().degrade().call('late', 1)
    expect(server.told).toEqual([['late', refused(1)]])
  })

  onServer('a server that answers after it was silent is only deaf while it works', (server) => {
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

  onServer('silence may end a call before the second ping has', (server) => {
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

  onServer('a question reaches its call, and is taken back', (server) => {
    server.connect().call('charge').sent('charge').ask('seat').ask('date').answer('charge', 'seat')
    const { generation } = server
    server.connection().say({ type: 'connection.question.withdrawn', generation, questionId: 'date' })
    expect(server.told.map(([, { type }]) => type)).toEqual([
      ...['call.sent', 'call.question', 'call.question', 'call.question.withdrawn'],
    ])
    const reply = { action: 'decline' }
    expect(server.connection().commands.at(-1)).toEqual({ type: 'answer', questionId: 'seat', reply })
  })

  onServer('a server may ask, and take that back, while it is doubted, and while it is retired', (server) => {
    server.connect().call('charge').sent('charge').degrade().degrade().ask('seat')
    server.say({ type: 'connection.question.withdrawn', questionId: 'seat' }).send('retire').ask('date')
    server.say({ type: 'connection.question.withdrawn', questionId: 'date' })
    expect(server.states).toEqual(['connecting', 'ready', 'degraded', 'closing'])
    expect(server.told.map(([, { type }]) => type)).toEqual([
      ...['call.sent', 'call.question', 'call.question.withdrawn'],
      ...['call.question', 'call.question.withdrawn'],
    ])
  })

  onServer('a read ends as the connection says, also when it is cancelled, and once', (server) => {
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

  onServer('reads end with their connection, and none begins without one', (server) => {
    server.read('early').connect().read('lost').lose().read('late')
    const ended = server.reads.map(([readId, end]) => [readId, end.ok || end.error.message])
    expect(ended).toEqual([
      ['early', 'bank is connecting. Nothing was done.'],
      ['lost', 'The connection to bank was lost during the read. Nothing was done.'],
      ['late', 'bank is reconnecting. Nothing was done.'],
    ])
  })
}
