import { describe, expect, test } from 'vitest'
import { parsePolicy } from '../../src/contract/policy.ts'
import { type Said, ScriptedServer } from './scripted-server.ts'

const streamLost: Said = { type: 'connection.stream.lost', reason: 'it ended' }

function ready(): ScriptedServer {
  return new ScriptedServer().connect()
}

function stateOf(server: ScriptedServer) {
  return server.states.at(-1)
}

describe('while no call runs', () => {
  test('a ready server is checked in quiet intervals, each from the last answer', () => {
    const server = ready()
    expect(server.msUntilCheck()).toBe(10_000)
    expect(server.connection().commands).toEqual([{ type: 'check', timeoutMs: 1_000 }])
    server.pass(700).checked(true)
    expect(server.msUntilCheck()).toBe(10_000)
    expect(stateOf(server)).toBe('ready')
  })

  test('a check gets the time that the policy says', () => {
    const server = new ScriptedServer(undefined, { policy: parsePolicy({ heartbeatTimeoutMs: 70 }) })
    server.connect().pass(10_000)
    expect(server.connection().commands).toEqual([{ type: 'check', timeoutMs: 70 }])
  })

  test('no second check is made before the first was answered', () => {
    expect(ready().pass(10_000).msUntilCheck()).toBeUndefined()
  })

  test('what looks wrong is checked at once, instead of later', () => {
    const server = ready().pass(9_000).say({ type: 'connection.suspect', reason: 'it looks odd' })
    expect(server.connection().commands).toEqual([{ type: 'check', timeoutMs: 1_000 }])
    expect(server.msUntilCheck()).toBeUndefined()
  })

  test('one missed ping degrades a server, which is checked again at once; the third is one too many', () => {
    const server = ready().checked(false)
    expect(stateOf(server)).toBe('degraded')
    expect(server.msUntilCheck()).toBe(0)
    server.checked(false)
    expect(stateOf(server)).toBe('degraded')
    expect(server.msUntilCheck()).toBe(0)
    server.checked(false)
    expect(server.states).toEqual(['connecting', 'ready', 'degraded', 'reconnecting'])
  })

  test('a degraded server is ready again after two good pings, a second apart', () => {
    const server = ready().checked(false).checked(true)
    expect(stateOf(server)).toBe('degraded')
    expect(server.msUntilCheck()).toBe(1_000)
    server.checked(true)
    expect(stateOf(server)).toBe('ready')
    expect(server.msUntilCheck()).toBe(10_000)
  })

  test('a degraded server is checked no more rarely than a ready one', () => {
    const server = new ScriptedServer(undefined, { policy: parsePolicy({ heartbeatMs: 300 }) })
    server.connect().checked(false).checked(true)
    expect(server.msUntilCheck()).toBe(300)
  })

  test('the two good pings have to follow each other', () => {
    const server = ready().checked(false).checked(true).checked(false).checked(true)
    expect(stateOf(server)).toBe('degraded')
    server.checked(true)
    expect(stateOf(server)).toBe('ready')
  })

  test('good pings from before a server was degraded bring back no trust', () => {
    const server = ready().checked(true).checked(true).checked(true).checked(false).checked(true)
    expect(stateOf(server)).toBe('degraded')
  })

  test('a good ping makes good those that were missed', () => {
    const server = ready()
    server.checked(false).checked(false).checked(true)
    server.checked(false).checked(false)
    expect(stateOf(server)).toBe('degraded')
    server.checked(false)
    expect(stateOf(server)).toBe('reconnecting')
  })

  test('after a call that timed out, those good pings count that come later', () => {
    const server = ready().checked(true).checked(true).call('charge')
    server.actor.send({ type: 'call.cancel', callId: 'charge', reason: 'timed_out' })
    expect(stateOf(server.checked(true))).toBe('degraded')
    expect(stateOf(server.checked(true))).toBe('ready')
  })

  test('what a connection missed is not held against the next', () => {
    const server = ready().checked(false).checked(false).send('restart').connect()
    expect(server.msUntilCheck()).toBe(10_000)
    server.checked(false).checked(false)
    expect(stateOf(server)).toBe('degraded')
  })

  test('garbled output alone is worth nothing', () => {
    expect(stateOf(ready().say({ type: 'connection.garbled', reason: 'no JSON' }))).toBe('ready')
  })

  test('a server whose events end is dialled again', () => {
    const server = ready().say(streamLost)
    expect(server.states).toEqual(['connecting', 'ready', 'degraded', 'reconnecting'])
    server.pass(0).connect()
    expect(stateOf(server)).toBe('ready')
    server.checked(false)
    expect(stateOf(server)).toBe('degraded')
  })
})

describe('while a call runs', () => {
  test('a server is checked more often, from the first call on', () => {
    const server = ready().pass(1_000).call('first')
    expect(server.msUntilCheck()).toBe(2_000)
    server.checked(true).pass(1_500).call('second')
    expect(server.msUntilCheck()).toBe(500)
  })

  test('a check that is due sooner stays where it is', () => {
    const server = ready().pass(9_500).call('charge')
    expect(server.msUntilCheck()).toBe(500)
  })

  test('it is checked in quiet intervals again once none runs', () => {
    const server = ready().call('charge').end('charge').pass(2_000).checked(true)
    expect(server.msUntilCheck()).toBe(10_000)
  })

  test('the second missed ping in a row degrades a server, not the first', () => {
    const server = ready().call('charge').checked(false)
    expect(stateOf(server)).toBe('ready')
    expect(server.msUntilCheck()).toBe(0)
    server.checked(true).checked(false)
    expect(stateOf(server)).toBe('ready')
    server.checked(false)
    expect(stateOf(server)).toBe('degraded')
  })

  test('after the third missed ping in a row, one that refuses them at once is not asked without a pause', () => {
    const server = ready().call('charge').checked(false).checked(false)
    expect(server.msUntilCheck()).toBe(0)
    server.checked(false)
    expect(stateOf(server)).toBe('degraded')
    expect(server.msUntilCheck()).toBe(1_000)
  })

  test('no number of missed pings restarts it; once the call has ended, the next does', () => {
    const server = ready().call('charge')
    for (let missed = 0; missed < 9; missed++) server.checked(false)
    expect(stateOf(server)).toBe('degraded')
    server.end('charge')
    expect(stateOf(server)).toBe('degraded')
    server.checked(false)
    expect(stateOf(server)).toBe('reconnecting')
  })

  test('garbled output degrades it: an answer may be lost', () => {
    const server = ready().call('charge').say({ type: 'connection.garbled', reason: 'no JSON' })
    expect(stateOf(server)).toBe('degraded')
    expect(server.msUntilCheck()).toBe(1_000)
  })

  test('a call that timed out degrades its server, which is checked a second later', () => {
    const server = ready().call('charge')
    server.actor.send({ type: 'call.cancel', callId: 'charge', reason: 'timed_out' })
    expect(stateOf(server)).toBe('degraded')
    expect(server.msUntilCheck()).toBe(1_000)
  })

  test.each([
    ['a call that its caller cancels', 'charge', 'cancelled'],
    ['the time-out of a call that it does not have', 'other', 'timed_out'],
  ] as const)('%s does not degrade a server', (_, callId, reason) => {
    const server = ready().call('charge')
    server.actor.send({ type: 'call.cancel', callId, reason })
    expect(stateOf(server)).toBe('ready')
  })

  test('a server whose events ended is not trusted again, and dialled as soon as the call has ended', () => {
    const server = ready().call('charge').say(streamLost)
    server.checked(true).checked(true).checked(true)
    expect(stateOf(server)).toBe('degraded')
    server.end('charge')
    expect(stateOf(server)).toBe('reconnecting')
  })

  test('its events may end while it is degraded already', () => {
    const server = ready().call('charge').checked(false).checked(false).say(streamLost)
    server.checked(true).checked(true)
    expect(stateOf(server)).toBe('degraded')
    server.end('charge')
    expect(stateOf(server)).toBe('reconnecting')
  })
})
