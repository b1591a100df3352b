import { expect } from 'vitest'
import { type Inspect, serverTest } from './server-test.ts'

export function testServerConnection(inspect: Inspect): void {
  const onServer = serverTest(inspect)

  onServer('a server that writes what is no message while it is dialled is dialled on', (server) => {
    const garbled = { type: 'connection.garbled', reason: 'no JSON' } as const
    server.say(garbled).connect().lose()
    server.clock.increment(1)
    server.say(garbled).connect()
    expect(server.states).toEqual(['connecting', 'ready', 'reconnecting', 'ready'])
  })

  onServer('a server that refuses us is tried again when it would be given something else', (server) => {
    server.refuse().send('credentials.renewed').connect()
    expect(server.states).toEqual(['connecting', 'unauthorized', 'connecting', 'ready'])
  })

  onServer('what changed while it refused what it had is tried once', (server) => {
    server.send('credentials.renewed').refuse().refuse()
    expect(server.states).toEqual(['connecting', 'unauthorized', 'connecting', 'unauthorized'])
  })

  onServer('a server whose first connection is lost for good fails', (server) => {
    server.lose(1, true)
    expect(server.states).toEqual(['connecting', 'failed'])
  })

  onServer('a server that refuses us when it is dialled again waits for credentials', (server) => {
    server.connect().lose()
    server.clock.increment(1)
    server.refuse()
    expect(server.states).toEqual(['connecting', 'ready', 'reconnecting', 'unauthorized'])
  })

  onServer(
    'a question in the handshake is asked of nobody, also when the server is dialled again',
    (server) => {
      const dismissed = { type: 'answer', questionId: 'seat', reply: { action: 'cancel' } }
      server.ask('seat')
      expect(server.connection().commands).toEqual([dismissed])
      server.connect().lose()
      server.clock.increment(1)
      server.ask('seat')
      expect(server.connection(2).commands).toEqual([dismissed])
    },
  )

  onServer('a degraded server is asked at once when something looks wrong', (server) => {
    server.connect().degrade()
    server.connection().say({ type: 'connection.suspect', generation: 1, reason: 'a gap' })
    expect(server.connection().commands).toEqual([{ type: 'check', timeoutMs: 1_000 }])
  })

  onServer('a degraded server that is lost for good fails', (server) => {
    server.connect().degrade().lose(1, true)
    expect(server.states).toEqual(['connecting', 'ready', 'degraded', 'failed'])
  })

  onServer('a degraded server that is lost is dialled again at once', (server) => {
    server.connect().degrade().lose()
    server.clock.increment(1)
    expect(server.states).toEqual(['connecting', 'ready', 'degraded', 'reconnecting'])
    expect(server.generation).toBe(2)
  })

  onServer('a degraded server whose events end is dialled again once its call has ended', (server) => {
    server.connect().call('charge').degrade().degrade()
    server.connection().say({ type: 'connection.stream.lost', generation: 1, reason: 'it ended' })
    expect(server.states).toEqual(['connecting', 'ready', 'degraded'])
    server.end('charge')
    expect(server.states).toEqual(['connecting', 'ready', 'degraded', 'reconnecting'])
  })

  onServer('a degraded server may refuse us', (server) => {
    server.connect().degrade().refuse()
    expect(server.states).toEqual(['connecting', 'ready', 'degraded', 'unauthorized'])
  })

  onServer('a degraded server may change its tools', (server) => {
    server.connect().degrade().say({ type: 'connection.tools', tools: [], rejected: [] })
    expect(server.reports.at(-1)).toMatchObject({ state: 'degraded', tools: [] })
  })

  onServer('an older connection that throws is forgotten, and the present one stays', (server) => {
    server.connect()
    server.connection().throwsAt = 'close'
    server.send('restart').connect().send('close').closed(2)
    expect(server.states).toEqual(['connecting', 'ready', 'connecting', 'ready', 'closing', 'closed'])
  })

  onServer('a ready server cares for nothing that an older connection says', (server) => {
    server.connect().send('restart').connect()
    const before = server.actor.getSnapshot().context
    server.connection(1).say({ type: 'connection.checked', generation: 1, ok: false, lastByteAt: 0 })
    server.lose(1)
    expect(server.actor.getSnapshot().context).toBe(before)
  })

  onServer('a server that is dialled cares not that an older connection is lost', (server) => {
    server.connect().send('restart')
    const before = server.actor.getSnapshot().context
    server.lose(1)
    expect(server.actor.getSnapshot().context).toBe(before)
  })

  onServer('a server that is dialled again cares not that an older connection is lost', (server) => {
    server.connect().send('restart').lose(2).pass(1)
    const before = server.actor.getSnapshot().context
    server.lose(1)
    expect(server.actor.getSnapshot().context).toBe(before)
  })

  onServer('a degraded server cares for nothing that an older connection says', (server) => {
    server.connect().send('restart').connect().degrade()
    const before = server.actor.getSnapshot().context
    server.connection(1).say({ type: 'connection.checked', generation: 1, ok: true, lastByteAt: 0 })
    server.lose(1, true)
    expect(server.actor.getSnapshot().context).toBe(before)
  })
}
