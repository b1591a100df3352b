import { describe, expect, test } from 'vitest'
import type { CallEnd } from '../../src/contract/connection.ts'
import { callError } from '../../src/contract/errors.ts'
import { parsePolicy } from '../../src/contract/policy.ts'
import type { ServerCommand } from '../../src/machines/messages.ts'
import { type Said, ScriptedServer, tool } from './scripted-server.ts'

const answer: CallEnd = { ok: true, content: [{ type: 'text', text: 'charged' }] }
const ended = (callId: string, end: CallEnd, generation = 1) => [
  callId,
  { type: 'call.ended', server: 'bank', generation, end },
]
const sent = (callId: string) => [callId, { type: 'call.sent', server: 'bank', generation: 1 }]

const ready = () => new ScriptedServer().connect()

function cancel(server: ScriptedServer, callId: string, reason: 'cancelled' | 'timed_out'): ScriptedServer {
  server.actor.send({ type: 'call.cancel', callId, reason })
  return server
}

const degraded: [string, (server: ScriptedServer) => ScriptedServer] = [
  'degraded',
  (server) => server.checked(false).checked(false),
]

describe.each<[string, (server: ScriptedServer) => ScriptedServer]>([
  ['ready', (server) => server],
  degraded,
  ['draining', (server) => server.send('retire')],
])('a server that is %s', (_, become) => {
  test('tells the caller what its connection says of the call, once', () => {
    const server = become(ready().call('charge').call('other'))
    const progress = { progress: 1, total: 2, message: 'half' }
    server.sent('charge').say({ type: 'connection.call.progress', callId: 'charge', progress })
    server.say({ type: 'connection.call.ended', callId: 'charge', end: answer })
    server.say({ type: 'connection.call.ended', callId: 'charge', end: answer })
    server.sent('charge').say({ type: 'connection.call.progress', callId: 'charge', progress })

    expect(server.told).toEqual([
      sent('charge'),
      ['charge', { type: 'call.progress', progress }],
      ended('charge', answer),
    ])
    expect(server.end('other').told).toHaveLength(4)
  })

  test('tells its connection that a call is cancelled, once, and the caller nothing more', () => {
    const server = become(ready().call('charge').call('other').sent('charge'))
    const before = server.connection().commands.length
    cancel(cancel(cancel(server, 'charge', 'cancelled'), 'charge', 'cancelled'), 'third', 'cancelled')
    server.end('charge')
    expect(server.connection().commands.slice(before)).toEqual([
      { type: 'cancel', callId: 'charge', reason: 'cancelled' },
    ])
    expect(server.told).toEqual([sent('charge')])
  })

  test('tells its connection that a call has timed out', () => {
    const server = cancel(become(ready().call('charge')), 'charge', 'timed_out')
    expect(server.connection().commands).toContainEqual({
      type: 'cancel',
      callId: 'charge',
      reason: 'timed_out',
    })
  })
})

test.each<[string, (server: ScriptedServer) => ScriptedServer]>([['ready', (server) => server], degraded])(
  'a server that is %s gives calls to its connection as they come',
  (_, become) => {
    const server = become(ready())
    const caller = { send: () => {} }
    const from = { caller, conversation: {} }
    const given = { callId: 'charge', tool, arguments: { euros: 5 } }
    server.actor.send({ type: 'call.start', ...given, generation: 1, deadlineAt: 15_000, ...from })
    expect(server.connection().commands).toEqual([{ type: 'call', ...given }])
  },
)

test.each<[string, (server: ScriptedServer) => unknown]>([
  ['connecting', () => {}],
  ['reconnecting', (server) => server.connect().lose()],
  ['reconnecting', (server) => server.connect().lose().pass(0)],
  ['unauthorized', (server) => server.refuse()],
  ['failed', (server) => server.lose(1, true)],
  ['closing', (server) => server.connect().call('other').send('retire')],
  ['closing', (server) => server.send('close')],
  ['ready', (server) => server.connect().send('restart').connect()],
])('a server that is %s gives back a call for a connection that it does not have', (state, become) => {
  const server = new ScriptedServer()
  become(server)
  expect(server.call('late', 1).endOf('late')).toEqual({
    ok: false,
    error: {
      code: 'server_unavailable',
      effect: 'none',
      message: `bank is ${state}. Nothing was done.`,
    },
    retryable: true,
  })
  expect(server.told).toHaveLength(1)
  expect(server.told[0]?.[1]).toMatchObject({ server: 'bank', generation: 1 })
  expect(server.connections.flatMap(({ commands }) => commands)).not.toContainEqual(
    expect.objectContaining({ callId: 'late' }),
  )
})

describe('a server that is lost', () => {
  const lost: CallEnd = {
    ok: false,
    error: callError('connection_lost', 'unknown', 'It went.'),
    retryable: false,
  }
  const unsent = (cause: string): CallEnd => ({
    ok: false,
    error: {
      code: 'server_unavailable',
      effect: 'none',
      message: 'The connection to bank was lost before the call went out. Nothing was done.',
      cause,
    },
    retryable: true,
  })
  const broken = (cause: string): CallEnd => ({
    ok: false,
    error: {
      code: 'connection_lost',
      effect: 'unknown',
      message: 'The connection to bank was lost during the call. I do not know whether it was done.',
      cause,
    },
    retryable: false,
  })
  const ends = [{ callId: 'first', end: lost }]

  test.each<[string, string, Said]>([
    ['is killed', 'killed', { type: 'connection.lost', reason: 'killed', permanent: false, ends }],
    ['cannot be had', 'no command', { type: 'connection.lost', reason: 'no command', permanent: true, ends }],
    ['refuses us', 'status 401', { type: 'connection.unauthorized', reason: 'status 401', ends }],
  ])('and %s ends each call: as its connection says, else as far as the call had come', (_, cause, said) => {
    const server = ready().call('first').call('second').call('third').sent('first').sent('second')
    server.say(said)
    expect(server.told.slice(2)).toEqual([
      ended('first', lost),
      ended('second', broken(cause)),
      ended('third', unsent(cause)),
    ])
  })

  test.each(['restart', 'close'] as const)('to a %s of ours has no reason but that', (type) => {
    const server = ready().call('first').sent('first').call('second').send(type)
    expect(server.told.slice(1)).toEqual([
      ended('first', broken('closed')),
      ended('second', unsent('closed')),
    ])
  })

  test('to a bug of its connection ends its calls for that', () => {
    const server = ready().call('first').sent('first')
    server.connection().throwsAt = 'check'
    server.pass(2_000)
    expect(server.endOf('first')).toEqual(broken('Error: a bug at check'))
  })

  test('tells its callers after it has told its state', () => {
    const states: unknown[] = []
    const server = ready()
    const caller = { send: () => void states.push(server.states.at(-1)) }
    server.actor.send({
      ...{ type: 'call.start', callId: 'first', generation: 1, tool, arguments: {}, deadlineAt: 9 },
      ...{ caller, conversation: {} },
    })
    server.lose()
    expect(states).toEqual(['reconnecting'])
  })

  test('ends no call twice, and none on a later connection', () => {
    const server = ready().call('first').sent('first').lose().pass(0).connect().end('first').lose()
    expect(server.told).toHaveLength(2)
  })
})

describe('a server that was taken out of the configuration', () => {
  test('lets its calls finish, and closes with the last', () => {
    const server = ready().call('first').call('second').send('retire').end('first')
    expect(server.connection().commands).not.toContainEqual({ type: 'close' })
    server.end('second')
    expect(server.connection().commands.at(-1)).toEqual({ type: 'close' })
  })

  test('cancels what has not finished when its time is over', () => {
    const server = new ScriptedServer(undefined, { policy: parsePolicy({ drainTimeoutMs: 800 }) }).connect()
    server.call('first').call('second').sent('first').send('retire').pass(799)
    expect(server.told).toEqual([sent('first')])
    const cancelled = (message: string, effect: 'none' | 'unknown'): CallEnd => ({
      ok: false,
      error: { code: 'cancelled', effect, message },
      retryable: false,
    })
    server.pass(1)
    const out = 'bank was taken out of the configuration.'
    expect(server.told.slice(1)).toEqual([
      ended('first', cancelled(`${out} I do not know whether it was done.`, 'unknown')),
      ended('second', cancelled(`${out} Nothing was done.`, 'none')),
    ])
    expect(server.connection().commands.slice(2)).toEqual([
      { type: 'cancel', callId: 'first', reason: 'cancelled' },
      { type: 'cancel', callId: 'second', reason: 'cancelled' },
      { type: 'close' },
    ])
    expect(server.closed(1).told).toHaveLength(3)
  })

  test('closes at once where no call runs', () => {
    const server = ready().send('retire')
    expect(server.connection().commands).toEqual([{ type: 'close' }])
  })
})

test.each<ServerCommand>([
  { type: 'call.cancel', callId: 'other', reason: 'cancelled' },
  { type: 'call.extend', callId: 'other', deadlineAt: 1 },
])('$type of a call that a server does not have is nothing to its connection', (command) => {
  const server = ready().call('charge')
  server.actor.send(command)
  expect(server.connection().commands).toHaveLength(1)
  expect(server.told).toEqual([])
})
