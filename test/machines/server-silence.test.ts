import { expect, test } from 'vitest'
import { ScriptedServer } from './scripted-server.ts'

/** `ScriptedServer` has a policy of 1,500 ms of silence. */
function withCall(): ScriptedServer {
  return new ScriptedServer().connect().pass(1_000).call('charge').sent('charge')
}

const timedOut = {
  ok: false,
  error: {
    code: 'timed_out',
    effect: 'unknown',
    message: 'bank does not answer. I do not know whether it was done.',
  },
  retryable: false,
}

test('a call at a server that misses a ping ends when the silence has lasted too long since it went out', () => {
  const server = withCall().pass(500).checked(false, 400)
  expect(server.msUntilEnd('charge')).toBe(1_000)
  expect(server.told.slice(1)).toEqual([
    ['charge', { type: 'call.ended', server: 'bank', generation: 1, end: timedOut }],
  ])
  expect(server.connection().commands.slice(1)).toContainEqual({
    type: 'cancel',
    callId: 'charge',
    reason: 'silent',
  })
})

test('silence counts from the last byte, where that came later than the call went out', () => {
  expect(withCall().pass(500).checked(false, 1_200).msUntilEnd('charge')).toBe(1_200)
})

test('what is heard after a missed ping counts anew', () => {
  const server = withCall().pass(500).checked(false).pass(300)
  server.say({ type: 'connection.heard', at: 1_800 })
  expect(server.msUntilEnd('charge')).toBe(1_500)
})

test('a call that has been unanswered for long ends with the missed ping itself', () => {
  const server = withCall().pass(3_000)
  expect(server.endOf('charge')).toBeUndefined()
  expect(server.checked(false).endOf('charge')).toEqual(timedOut)
})

test('the end is told once, whatever the connection says of the call later', () => {
  const server = withCall().pass(3_000).checked(false).end('charge').pass(5_000).lose()
  expect(server.told.map(([, { type }]) => type)).toEqual(['call.sent', 'call.ended'])
})

test('a good ping lets a call go on', () => {
  const server = withCall().pass(500).checked(false).pass(300).checked(true)
  expect(server.msUntilEnd('charge')).toBeUndefined()
})

test('two good pings let a call at a degraded server go on', () => {
  const server = withCall().pass(500).checked(false).checked(false).checked(true)
  expect(server.msUntilEnd('charge')).toBeUndefined()
  expect(server.checked(false).msUntilEnd('charge')).toBe(0)
})

test('a trusted server is not silent any more', () => {
  const server = withCall().pass(500).checked(false).checked(false, 1_400).checked(true)
  server.pass(100).checked(false, 1_600).checked(true).checked(true)
  expect(server.states.at(-1)).toBe('ready')
  expect(server.msUntilEnd('charge')).toBeUndefined()
})

test('a call that has not gone out cannot be unanswered', () => {
  const server = new ScriptedServer().connect().call('charge').pass(9_000).checked(false)
  expect(server.msUntilEnd('charge')).toBeUndefined()
})

test('each call ends for its own silence', () => {
  const server = withCall().pass(200).call('second').sent('second').pass(200).call('third').sent('third')
  server.pass(100).checked(false)
  const ends = ['charge', 'second', 'third'].map((callId) => {
    server.msUntilEnd(callId)
    return [callId, server.clock.now()]
  })
  expect(ends).toEqual([
    ['charge', 2_500],
    ['second', 2_700],
    ['third', 2_900],
  ])
})

test('calls that went out the other way round end in the order of their silence too', () => {
  const server = withCall().call('first').pass(200).call('second').sent('second').pass(200).sent('first')
  server.end('charge').checked(false)
  server.msUntilEnd('second')
  expect(server.clock.now()).toBe(2_700)
  server.msUntilEnd('first')
  expect(server.clock.now()).toBe(2_900)
})

test('a server that answers after all is blind while busy: its silence ends no call any more', () => {
  const server = withCall().pass(3_000).checked(false).say({ type: 'connection.call.late' })
  server.call('next').sent('next').pass(9_000).checked(false)
  expect(server.msUntilEnd('next')).toBeUndefined()
  expect(server.end('next').endOf('next')).toEqual({ ok: true, content: [] })
})

test('one that is found blind while silence is counted is given the time', () => {
  const server = withCall().pass(3_000).call('next').sent('next').checked(false).pass(500)
  expect(server.endOf('charge')).toEqual(timedOut)
  server.say({ type: 'connection.call.late' })
  expect(server.msUntilEnd('next')).toBeUndefined()
})

test('a server that may still be busy with a call that was ended is not dialled anew for missed pings', () => {
  const server = withCall().pass(1_600)
  for (let missed = 0; missed < 5; missed++) server.checked(false)
  expect(server.endOf('charge')).toEqual(timedOut)
  expect(server.states.at(-1)).toBe('degraded')
  server.pass(13_399).checked(false)
  expect(server.states.at(-1)).toBe('degraded')
  server.pass(1).checked(false)
  expect(server.states.at(-1)).toBe('reconnecting')
})

test('how long it may be busy is the latest deadline of those calls, extensions included', () => {
  const server = withCall().pass(100).call('second').sent('second')
  server.actor.send({ type: 'call.extend', callId: 'charge', deadlineAt: 40_000 })
  server.pass(3_000)
  for (let missed = 0; missed < 5; missed++) server.checked(false)
  expect([server.endOf('charge'), server.endOf('second')]).toEqual([timedOut, timedOut])
  server.pass(35_899).checked(false)
  expect(server.clock.now()).toBe(39_999)
  expect(server.states.at(-1)).toBe('degraded')
  server.pass(1).checked(false)
  expect(server.states.at(-1)).toBe('reconnecting')
})

test('the extension of a call that it does not have makes nobody busy', () => {
  const server = new ScriptedServer().connect()
  server.actor.send({ type: 'call.extend', callId: 'charge', deadlineAt: 40_000 })
  expect(server.msUntilCheck()).toBe(10_000)
  server.checked(false).checked(false).checked(false)
  expect(server.states.at(-1)).toBe('reconnecting')
})

test('a new connection is busy with nothing', () => {
  const server = withCall().pass(3_000).checked(false).send('restart').connect()
  server.checked(false).checked(false).checked(false)
  expect(server.states.at(-1)).toBe('reconnecting')
})
