import { createHmac, randomUUID } from 'node:crypto'
import { initializeLogger, JobContext, JobProcess } from '@livekit/agents'
import { Job, JobType, Room as RoomInfo } from '@livekit/protocol'
import { Room } from '@livekit/rtc-node'
import { beforeAll, expect, test } from 'vitest'
import { defineSwitchboardAgent, type WorkerData, type WorkerSwitchboard } from '../../src/agent/index.ts'
import { createSwitchboard } from '../../src/index.ts'
import { functionInfo, TestConversation } from './conversation.ts'
import { RealtimeEndpoint } from './realtime-endpoint.ts'

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }))

/** A switchboard that notes what is asked of it, in order. */
class TestSwitchboard implements WorkerSwitchboard {
  readonly log: string[] = []

  start(): void {
    this.log.push('started')
  }

  readonly servers = []

  async settled({ timeoutMs }: { timeoutMs: number }): Promise<void> {
    this.log.push(timeoutMs > 0 ? 'settled' : 'not awaited')
  }

  subscribe(): () => void {
    return () => {}
  }

  conversation({ id }: { id: string }): TestConversation {
    this.log.push(`conversation ${id}`)
    const conversation = new TestConversation([functionInfo('search')])
    conversation.end = async () => void this.log.push(`${id} ended`)
    return conversation
  }

  async stop(): Promise<void> {
    this.log.push('stopped')
  }
}

interface Credentials {
  url: string
  token: string
}

/** A job as a worker's process gets it; without credentials it has no room, as under `console`. */
function jobOf(proc: JobProcess<WorkerData>, room: Room, credentials?: Credentials): JobContext<WorkerData> {
  return new JobContext<WorkerData>(
    proc,
    {
      acceptArguments: { name: '', identity: 'agent', metadata: '' },
      job: new Job({ id: 'job-1', type: JobType.JT_ROOM, room: new RoomInfo({ name: 'room-1' }) }),
      url: credentials?.url ?? '',
      token: credentials?.token ?? '',
      workerId: 'worker-1',
      fakeJob: credentials === undefined,
    },
    room,
    () => {},
    () => {},
    { doInference: async () => undefined },
  )
}

/** One job from prewarm to shutdown, on an endpoint without ears. */
async function runJob(during: (room: Room) => void, credentials?: Credentials) {
  const endpoint = await RealtimeEndpoint.start()
  const switchboard = new TestSwitchboard()
  const worker = defineSwitchboardAgent({
    createSwitchboard: async () => switchboard,
    realtime: { provider: 'rehearsal', baseURL: endpoint.url },
  })
  const proc = new JobProcess<WorkerData>()
  await worker.prewarm?.(proc)
  const room = new Room()
  const job = jobOf(proc, room, credentials)
  await worker.entry(job)
  await endpoint.until(() => endpoint.toolLists.length > 0)
  during(room)
  const before = [...switchboard.log]
  await Promise.all(job.shutdownCallbacks.map((callback) => callback()))
  await endpoint.until(() => endpoint.connections === 0)
  await room.disconnect()
  await endpoint.close()
  return { before, after: switchboard.log.slice(before.length), tools: endpoint.toolLists }
}

test('a job opens a conversation, and its end accounts for calls before the servers go', async () => {
  expect(await runJob(() => {})).toEqual({
    before: ['started', 'settled', 'conversation job-1'],
    after: ['job-1 ended', 'stopped'],
    tools: [['search']],
  })
})

test('a job that was not prewarmed says so', async () => {
  const worker = defineSwitchboardAgent({
    createSwitchboard: () => createSwitchboard({ mcpServers: {} }),
    realtime: { provider: 'rehearsal', baseURL: 'ws://127.0.0.1:9/v1' },
  })
  await expect(worker.entry(jobOf(new JobProcess<WorkerData>(), new Room()))).rejects.toThrow('prewarm')
})

test('a job joins its room on a LiveKit server', async ({ skip }) => {
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: key, LIVEKIT_API_SECRET: secret } = process.env
  if (!url || !key || !secret) {
    console.log('skipped: it joins a room, set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET')
    return skip()
  }
  const joined: boolean[] = []
  await runJob((room) => joined.push(room.isConnected), { url, token: accessToken(key, secret) })
  expect(joined).toEqual([true])
})

/** A LiveKit access token is a JWT with a grant for a room. */
function accessToken(key: string, secret: string): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const nowSeconds = Math.floor(Date.now() / 1000)
  const claims = {
    iss: key,
    sub: 'agent',
    nbf: nowSeconds,
    exp: nowSeconds + 300,
    video: { room: `switchboard-${randomUUID()}`, roomJoin: true, agent: true },
  }
  const unsigned = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`
}
