import { EventEmitter } from 'node:events'
import { ParticipantKind, RoomEvent } from '@livekit/rtc-node'
import { expect, test } from 'vitest'
import { defineSwitchboardAgent } from '../../src/agent/index.ts'
import { identityOfCaller, userIdOf } from '../../src/agent/worker/caller.ts'
import { publishSignInLinks, type SignInLink } from '../../src/agent/worker/sign-in-links.ts'
import { createSwitchboard } from '../../src/index.ts'
import { BearerServer } from '../user-servers/bearer-server.ts'
import { ToldCredentials, ToldServers } from '../user-servers/told-servers.ts'
import { startJob } from './job.ts'
import { RealtimeEndpoint } from './realtime-endpoint.ts'

test('a job has the servers of the user that its metadata names, and leaves them at its end', async () => {
  const bearer = await BearerServer.start()
  const endpoint = await RealtimeEndpoint.start()
  const told = new ToldServers({ allowHosts: [bearer.host] })
  const log: string[] = []
  const worker = defineSwitchboardAgent({
    createSwitchboard: () => createSwitchboard({ mcpServers: {}, closeGraceMs: 300 }),
    realtime: { provider: 'rehearsal', baseURL: endpoint.url },
    registry: {
      userServers: (userId) => {
        void userId.then((id) => {
          log.push(`servers of ${id}`)
          told.tell({
            bank: {
              url: bearer.url,
              headers: {},
              options: {},
              credentials: new ToldCredentials('Bearer first'),
            },
          })
        })
        return Object.assign(told, { close: () => void log.push('closed') })
      },
    },
  })
  const { end } = await startJob(worker, { metadata: '{ "userId": "carol" }' })
  await endpoint.until(() => endpoint.toolLists.some((names) => names.includes('charge')))
  endpoint.respond({ name: 'charge', arguments: JSON.stringify({ amount: 5 }) })
  await endpoint.until(() => endpoint.outputs.length === 1)
  await end()
  await endpoint.close()

  expect(log).toEqual(['servers of carol', 'closed'])
  expect(bearer.server.runs('charge')).toEqual({ started: 1, finished: 1 })
  expect(told.listeners).toBe(0)
})

test.each([
  ['{ "userId": "carol" }', 'carol'],
  ['{ "userId": 7 }', 'identity'],
  ['', 'identity'],
  ['carol', 'identity'],
])('whose call it is: metadata %j', async (jobMetadata, user) => {
  expect(await userIdOf({ jobMetadata, identity: async () => 'identity' })).toBe(user)
})

test('the first caller is whose call it is: no recorder, and nobody who comes later', async () => {
  class CallRoom extends EventEmitter {
    readonly remoteParticipants = new Map<string, { identity: string; kind: ParticipantKind }>()

    come(identity: string, kind: ParticipantKind): void {
      this.remoteParticipants.set(identity, { identity, kind })
      this.emit(RoomEvent.ParticipantConnected, { identity, kind })
    }
  }
  const room = new CallRoom()
  room.come('recorder', ParticipantKind.EGRESS)
  const identity = identityOfCaller(room)
  room.come('another agent', ParticipantKind.AGENT)
  room.come('carol', ParticipantKind.SIP)
  room.come('dave', ParticipantKind.STANDARD)
  expect(await identity).toBe('carol')
  expect(room.listenerCount(RoomEvent.ParticipantConnected)).toBe(0)
  expect(await identityOfCaller(room)).toBe('carol')
})

test('a caller is shown where to sign in once for each time that it is needed', async () => {
  const bearer = await BearerServer.start()
  const told = new ToldServers({ allowHosts: [bearer.host] })
  const switchboard = createSwitchboard({ mcpServers: {}, closeGraceMs: 300 })
  switchboard.start()
  const conversation = switchboard.conversation({ userServers: told })
  const links: SignInLink[] = []
  const states: string[] = []
  publishSignInLinks(conversation, (link) => links.push(link))
  const until = (state: string) =>
    new Promise<void>((resolve) => {
      conversation.subscribe((event) => {
        if (event.type !== 'server.changed') return
        states.push(event.server.state)
        if (event.server.state === state) resolve()
      })
    })
  const credentials = new ToldCredentials()
  credentials.answer = { isRenewed: false, signInUrl: 'https://tools.example.com/1', reason: 'nobody' }
  const refused = until('unauthorized')
  told.tell({ bank: { url: bearer.url, headers: {}, options: {}, credentials } })
  await refused
  await conversation.call('charge', { amount: 1 })
  const link = { type: 'sign-in', server: 'bank', url: 'https://tools.example.com/1' }
  expect(links).toEqual([link])

  const ready = until('ready')
  credentials.authorization = 'Bearer first'
  told.renew('bank')
  await ready
  bearer.wanted = 'Bearer second'
  await conversation.call('charge', { amount: 1 })
  expect(links).toEqual([link, link])
  await switchboard.stop()
})
