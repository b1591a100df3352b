import { expect, onTestFinished, test } from 'vitest'
import type { ConnectionCommand } from '../../src/contract/connection.ts'
import { ScriptedServer } from './scripted-server.ts'

function connected(): ScriptedServer {
  const server = new ScriptedServer(() => {})
  onTestFinished(() => void server.actor.stop())
  return server.connect()
}

/** Which call was asked what, as `call question`. */
function askedOf({ told }: ScriptedServer): string[] {
  return told.flatMap(([callId, news]) =>
    news.type === 'call.question' ? `${callId} ${news.questionId}` : [],
  )
}

function answersOf(server: ScriptedServer): ConnectionCommand[] {
  return server.connection().commands.filter(({ type }) => type === 'answer')
}

const dismissed = (questionId: string) => ({ type: 'answer', questionId, reply: { action: 'cancel' } })

test('a question belongs to the only call that was sent', () => {
  const server = connected().call('a').sent('a').call('b').ask('one')
  expect(askedOf(server)).toEqual(['a one'])
  server.sent('b').ask('two')
  expect(askedOf(server)).toEqual(['a one'])
  expect(answersOf(server)).toEqual([dismissed('two')])
})

test('nobody is asked where no call is under way', () => {
  const server = new ScriptedServer(() => {})
  onTestFinished(() => void server.actor.stop())
  server.ask('in the handshake').connect().ask('idle').call('a').ask('before it was sent')
  expect(askedOf(server)).toEqual([])
  expect(answersOf(server)).toEqual([
    ...[dismissed('in the handshake'), dismissed('idle'), dismissed('before it was sent')],
  ])
})

test('what a connection asks that was lost, nobody hears, and it gets no reply', () => {
  const server = connected().call('a').sent('a').lose().ask('late', 'a').ask('later')
  server.say({ type: 'connection.question.withdrawn', questionId: 'late' })
  expect(server.states.at(-1)).toBe('reconnecting')
  expect(askedOf(server)).toEqual([])
  expect(answersOf(server)).toEqual([])
})

test('with several calls, the wire must tell whose it is', () => {
  const server = connected().call('a').sent('a').call('b').sent('b')
  server.ask('one', 'b').ask('two', 'a').ask('three', 'gone').ask('four')
  expect(askedOf(server)).toEqual(['b one', 'a two'])
  expect(answersOf(server)).toEqual([dismissed('three'), dismissed('four')])
})

test('what a given-up call still asks is not asked of another conversation', () => {
  const [mine, other] = [{}, {}]
  const server = connected()
  server.call('a', 1, mine).sent('a').cancel('a')
  server.call('b', 1, other).sent('b').ask('one').ask('two', 'a').ask('three', 'b')
  expect(askedOf(server)).toEqual(['b three'])
  expect(answersOf(server)).toEqual([dismissed('one'), dismissed('two')])

  server.end('b').call('c', 1, mine).sent('c').ask('four')
  expect(askedOf(server)).toEqual(['b three', 'c four'])
})

test.each<[string, (server: ScriptedServer) => unknown, string[]]>([
  ['was cancelled', (server) => server.cancel('a'), []],
  ['was never sent', (server) => server.call('early').cancel('early').end('a'), ['b one']],
  ['was answered', (server) => server.end('a'), ['b one']],
  [
    'was cut off',
    (server) => {
      const error = { code: 'connection_lost', effect: 'unknown', message: 'It was cut.' } as const
      const end = { ok: false, error, retryable: false } as const
      server.connection().say({ type: 'connection.call.ended', generation: 1, callId: 'a', end })
    },
    [],
  ],
  [
    'was silent too long',
    (server) => {
      server.clock.increment(2_000)
      server.degrade()
    },
    [],
  ],
])('after a call of another conversation that %s', (_, happens, asked) => {
  const server = connected().call('a').sent('a')
  happens(server)
  server.call('b').sent('b').ask('one')
  expect(askedOf(server)).toEqual(asked)
})

test.each([
  ['the same conversation', true, ['c one']],
  ['several conversations', false, []],
])('where two calls of %s were given up', (_, isSame, asked) => {
  const first = {}
  const second = isSame ? first : {}
  const server = connected().call('a', 1, first).sent('a').cancel('a')
  server.call('b', 1, second).sent('b').cancel('b').call('c', 1, second).sent('c').ask('one')
  expect(askedOf(server)).toEqual(asked)
})

test('a question that was taken back gets no reply, and its call is silent anew from then on', () => {
  const server = connected().call('a').sent('a').ask('one')
  server.clock.increment(60_000)
  server.say({ type: 'connection.question.withdrawn', questionId: 'one' })
  expect(server.told.at(-1)).toEqual(['a', { type: 'call.question.withdrawn', questionId: 'one' }])
  server.degrade()
  server.clock.increment(1_499)
  expect(server.told.at(-1)).toEqual(['a', { type: 'call.question.withdrawn', questionId: 'one' }])
  server.clock.increment(1)
  expect(server.told.at(-1)).toMatchObject(['a', { end: { error: { code: 'timed_out' } } }])
  expect(answersOf(server)).toEqual([])
})

test('the next connection starts anew', () => {
  const server = connected().call('a').sent('a').cancel('a').send('restart').connect()
  server.call('b').sent('b').ask('one')
  expect(askedOf(server)).toEqual(['b one'])
})

test('who asks is not silent, and is so anew from the answer on', () => {
  const server = connected().call('a').sent('a').ask('one')
  server.clock.increment(60_000)
  server.degrade()
  expect(askedOf(server)).toEqual(['a one'])
  server.answer('a', 'one')
  server.clock.increment(1_499)
  server.degrade()
  expect(server.told.filter(([, { type }]) => type === 'call.ended')).toEqual([])
  server.clock.increment(1)
  expect(server.told.at(-1)).toMatchObject(['a', { end: { error: { code: 'timed_out' } } }])
})

test('missed pings never restart a server that asks', () => {
  const server = connected().call('a').sent('a').ask('one')
  for (let minute = 0; minute < 10; minute++) {
    server.clock.increment(60_000)
    server.degrade()
  }
  expect(server.states).toEqual(['connecting', 'ready', 'degraded'])
  expect(server.generation).toBe(1)
})

test('a call that goes takes its questions along: the server hears first that it is cancelled', () => {
  const server = connected().call('a').sent('a').ask('one').ask('two').cancel('a').answer('a', 'one')
  expect(server.connection().commands.slice(-3)).toEqual([
    { type: 'cancel', callId: 'a', reason: 'cancelled' },
    dismissed('one'),
    dismissed('two'),
  ])
})

test('a server that answers before it is answered gets a cancel', () => {
  const server = connected().call('a').sent('a').ask('one').end('a')
  expect(answersOf(server)).toEqual([dismissed('one')])
})

test('calls that their server leaves behind when it is removed take their questions along', () => {
  const server = connected().call('a').sent('a').send('retire').ask('one')
  expect(askedOf(server)).toEqual(['a one'])
  server.clock.increment(5_000)
  expect(server.connection().commands.slice(-3)).toEqual([
    { type: 'cancel', callId: 'a', reason: 'cancelled' },
    dismissed('one'),
    { type: 'close' },
  ])
})

test('an older connection asks nobody', () => {
  const server = connected().send('restart').connect().call('a').sent('a')
  const question = { mode: 'form', message: '', schema: {} } as const
  server.connection(1).say({ type: 'connection.question', generation: 1, questionId: 'old', question })
  expect(askedOf(server)).toEqual([])
})
