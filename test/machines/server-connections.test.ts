import { describe, expect, test } from 'vitest'
import type { ServerNews } from '../../src/machines/server-context.ts'
import { type Said, ScriptedServer, tool } from './scripted-server.ts'

/** The second connection of a server whose first has not closed yet. */
const second = () => new ScriptedServer().connect().send('restart')

const saidByAnOldOne: Said[] = [
  { type: 'connection.connected', pid: 9 },
  { type: 'connection.tools', tools: [], rejected: [] },
  { type: 'connection.call.sent', callId: 'charge' },
  { type: 'connection.call.progress', callId: 'charge', progress: { progress: 1 } },
  { type: 'connection.call.ended', callId: 'charge', end: { ok: true, content: [] } },
  { type: 'connection.call.late' },
  { type: 'connection.checked', ok: true, lastByteAt: 0, latencyMs: 1 },
  { type: 'connection.checked', ok: false, lastByteAt: 0 },
  { type: 'connection.heard', at: 60_000 },
  { type: 'connection.suspect', reason: 'old' },
  { type: 'connection.garbled', reason: 'old' },
  { type: 'connection.stream.lost', reason: 'old' },
  { type: 'connection.lost', reason: 'old', permanent: false, ends: [] },
  { type: 'connection.lost', reason: 'old', permanent: true, ends: [] },
  { type: 'connection.unauthorized', reason: 'old', ends: [] },
]

/** All that shows what a server does. */
function seen({ reports, told, connections }: ScriptedServer) {
  return structuredClone({ reports, told, commands: connections.map(({ commands }) => commands) })
}

/** Its present connection, a call, and time go on. */
function goOn(server: ScriptedServer) {
  server.say({ type: 'connection.connected', pid: 8 })
  server.say({ type: 'connection.tools', tools: [tool], rejected: [] })
  server.call('last').sent('last').pass(1_000).checked(false).pass(1_500).checked(false)
  server.pass(20_000).checked(false).checked(true).checked(true).lose().pass(0)
  return seen(server)
}

test.each<[string, () => ScriptedServer]>([
  ['connecting', second],
  ['ready', () => second().connect()],
  ['ready with a call', () => second().connect().call('charge')],
  ['degraded', () => second().connect().checked(false)],
  ['degraded with a call', () => second().connect().call('charge').checked(false).checked(false)],
  ['waiting', () => second().connect().lose().pass(0).lose()],
  ['dialling again', () => second().connect().lose().pass(0)],
  ['draining', () => second().connect().call('charge').send('retire')],
])('a server that is %s does not care what an older connection says', (_, become) => {
  const server = become()
  const before = seen(server)
  for (const said of saidByAnOldOne) {
    server.say(said, 1)
    expect({ said, ...seen(server) }).toEqual({ said, ...before })
  }
  expect(goOn(server)).toEqual(goOn(become()))
})

describe('every connection is closed', () => {
  test.each<[string, (server: ScriptedServer) => ScriptedServer]>([
    ['restarted', (server) => server.send('restart')],
    ['lost', (server) => server.lose()],
    ['lost for good', (server) => server.lose(1, true)],
    ['refused', (server) => server.refuse()],
    ['closed', (server) => server.send('close')],
  ])('when it is %s', (_, leave) => {
    const { connections } = leave(new ScriptedServer().connect())
    expect(connections[0]?.commands).toEqual([{ type: 'close' }])
  })

  test('also the older ones that have not closed yet, before the server is', () => {
    const server = second().connect().send('close')
    expect(server.connections.map(({ commands }) => commands.at(-1))).toEqual([
      { type: 'close' },
      { type: 'close' },
    ])
    expect(server.closed(2).states.at(-1)).toBe('closing')
    expect(server.closed(1).states.at(-1)).toBe('closed')
  })

  test('but one that has closed is told nothing more', () => {
    const server = second().closed(1).connect().send('close')
    expect(server.connection(1).commands).toEqual([{ type: 'close' }])
    expect(server.closed(2).states.at(-1)).toBe('closed')
  })

  test('and a supervisor hears of it even where its server is gone', () => {
    const news: ServerNews[] = []
    const server = new ScriptedServer(undefined, { supervisor: { send: (one) => void news.push(one) } })
    const { length } = news
    server.actor.stop()
    server.connection().input.onClosed()
    expect(news.slice(length)).toEqual([{ type: 'connection.closed', generation: 1 }])
  })
})

describe('a connection that throws', () => {
  const throwing = (become: (server: ScriptedServer) => unknown, at: 'check' | 'close' = 'check') => {
    const server = new ScriptedServer()
    become(server)
    server.connection().throwsAt = at
    return server
  }

  test.each<[string, (server: ScriptedServer) => unknown]>([
    ['ready', (server) => server.connect()],
    ['degraded', (server) => server.connect().checked(false).checked(true)],
  ])('counts as lost where its server is %s, and is not waited for', (_, become) => {
    const server = throwing(become).pass(10_000)
    expect(server.generation).toBe(2)
    expect(server.reports.at(-1)).toMatchObject({ state: 'reconnecting', generation: 2 })
    server.send('close').closed(2)
    expect(server.states.at(-1)).toBe('closed')
  })

  test.each<[string, (server: ScriptedServer) => ScriptedServer, string]>([
    ['refuses us', (server) => server.refuse(), 'unauthorized'],
    ['failed', (server) => server.lose(1, true), 'failed'],
  ])('while it is left does not bring back a server that %s', (_, leave, state) => {
    const server = leave(throwing((one) => one.connect(), 'close')).pass(60_000)
    expect(server.states.at(-1)).toBe(state)
    expect(server.generation).toBe(1)
    expect(server.send('close').states.at(-1)).toBe('closed')
  })

  test('while it is left is not its successor', () => {
    const server = throwing((one) => one.connect(), 'close')
      .send('restart')
      .connect()
      .pass(5_000)
    expect(server.states).toEqual(['connecting', 'ready', 'connecting', 'ready'])
    expect(server.generation).toBe(2)
  })

  test('while others close does not end their server too early', () => {
    const server = second().connect()
    server.connection(2).throwsAt = 'close'
    expect(server.send('close').states.at(-1)).toBe('closing')
    expect(server.closed(1).states.at(-1)).toBe('closed')
  })
})

test.each<[string, (server: ScriptedServer) => ScriptedServer]>([
  ['failed', (server) => server.lose(1, true)],
  ['refused us', (server) => server.refuse()],
  ['is closing', (server) => server.send('close')],
  ['was idle, and is closed', (server) => server.send('retire').closed(1)],
])('no timer is left of a server that %s', (_, end) => {
  const server = new ScriptedServer().connect().call('charge').sent('charge').checked(false).end('charge')
  expect(server.clock.timers).toBeGreaterThan(0)
  expect(end(server).clock.timers).toBe(0)
})
