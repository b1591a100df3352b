import { expect, test } from 'vitest'
import { ScriptedServer } from '../scripted-server.ts'
import { type Inspect, serverTest } from './server-test.ts'

export function testServerClosing(inspect: Inspect): void {
  const onServer = serverTest(inspect)
  const drains = ['connecting', 'ready', 'closing']

  onServer('a draining server still tells of progress', (server) => {
    server.connect().call('charge').sent('charge').send('retire')
    server.say({ type: 'connection.call.progress', callId: 'charge', progress: { progress: 1 } })
    expect(server.told.at(-1)).toEqual(['charge', { type: 'call.progress', progress: { progress: 1 } }])
  })

  onServer('a call that goes out while its server drains is told so', (server) => {
    server.connect().call('charge').send('retire').sent('charge')
    expect(server.told).toEqual([['charge', { type: 'call.sent', server: 'bank', generation: 1 }]])
  })

  onServer('a draining server cares for nothing that an older connection says', (server) => {
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
  })

  onServer('a draining server is not brought back, and drains once', (server) => {
    server.connect().call('charge').send('retire').send('restart').send('retire')
    expect(server.states).toEqual(drains)
    expect(server.generation).toBe(1)
  })

  onServer('a closing server closes once, and is not brought back', (server) => {
    server.connect().send('close').send('restart').send('retire').send('close')
    expect(server.states).toEqual(drains)
    expect(server.connection().commands).toEqual([{ type: 'close' }])
    server.closed(1)
    expect(server.states).toEqual([...drains, 'closed'])
  })

  onServer('a closing server does not wait for a connection that throws', (server) => {
    server.connect()
    server.connection().throwsAt = 'close'
    server.send('close')
    expect(server.states).toEqual([...drains, 'closed'])
  })
}
