import { randomUUID } from 'node:crypto'
import type { Room } from '@livekit/rtc-node'
import { expect, test } from 'vitest'
import { defineSwitchboardAgent, type WorkerSwitchboard } from '../../src/agent/index.ts'
import { settleMs } from '../../src/agent/worker/worker.ts'
import { auditTo, createSwitchboard, type Question } from '../../src/index.ts'
import { accessToken, liveKitServer } from '../support/livekit-server.ts'
import { isAlive } from '../support/processes.ts'
import { TestServer } from '../support/test-server.ts'
import { functionInfo, TestConversation } from './conversation.ts'
import { startJob } from './job.ts'
import { RealtimeEndpoint } from './realtime-endpoint.ts'

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

/** One job from prewarm to shutdown, on an endpoint without ears. */
async function runJob(during: (room: Room) => void, credentials?: { url: string; token: string }) {
  const endpoint = await RealtimeEndpoint.start()
  const switchboard = new TestSwitchboard()
  const worker = defineSwitchboardAgent({
    createSwitchboard: async () => switchboard,
    realtime: { provider: 'rehearsal', baseURL: endpoint.url },
  })
  const { room, end } = await startJob(worker, credentials === undefined ? {} : { credentials })
  await endpoint.until(() => endpoint.toolLists.length > 0)
  during(room)
  const before = [...switchboard.log]
  await end()
  await endpoint.until(() => endpoint.connections === 0)
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

test('a job of a real switchboard holds its call on real servers, and the audit has a line for it', async () => {
  const endpoint = await RealtimeEndpoint.start()
  const server = new TestServer()
  const written: string[] = []
  const worker = defineSwitchboardAgent({
    createSwitchboard: () => {
      const switchboard = createSwitchboard({ mcpServers: { bank: server.stdio() }, closeGraceMs: 300 })
      auditTo(switchboard, { write: (line) => written.push(line) })
      return switchboard
    },
    realtime: { provider: 'rehearsal', baseURL: endpoint.url },
  })
  const { end } = await startJob(worker)
  await endpoint.until(() => endpoint.toolLists.some((names) => names.includes('charge')))
  endpoint.respond({ name: 'charge', arguments: JSON.stringify({ amount: 5 }) })
  await endpoint.until(() => endpoint.outputs.length === 1)
  await end()
  await endpoint.close()

  expect(server.runs('charge')).toEqual({ started: 1, finished: 1 })
  expect(written.map((line) => JSON.parse(line))).toEqual([
    {
      ...{ type: 'call', conversationId: 'job-1', callId: expect.any(String), function: 'charge' },
      ...{ server: 'bank', code: 'ok', effect: 'done' },
      attempts: [{ server: 'bank', generation: 1, code: 'ok' }],
      ...{ startedAt: expect.any(Number), sentAt: expect.any(Number), endedAt: expect.any(Number) },
    },
  ])
  expect(server.pids.filter(isAlive)).toEqual([])
})

test('a page that a server wants visited is handed to the agent’s own way of showing it', async () => {
  const endpoint = await RealtimeEndpoint.start()
  const server = new TestServer('--only', 'ask')
  const asked: Question[] = []
  const worker = defineSwitchboardAgent({
    createSwitchboard: () => createSwitchboard({ mcpServers: { bank: server.stdio() }, closeGraceMs: 300 }),
    realtime: { provider: 'rehearsal', baseURL: endpoint.url },
    onQuestion: async (question) => {
      asked.push(question)
      return { action: 'decline' }
    },
  })
  const { end } = await startJob(worker)
  await endpoint.until(() => endpoint.toolLists.some((names) => names.includes('ask')))
  const page = { mode: 'url', message: 'Sign in', url: 'https://bank.example/' }
  const requests = [{ params: { ...page, elicitationId: '1' } }]
  endpoint.respond({ name: 'ask', arguments: JSON.stringify({ requests }) })
  await endpoint.until(() => endpoint.outputs.length === 1)
  await end()
  await endpoint.close()
  expect(asked).toMatchObject([page])
  expect(JSON.stringify(endpoint.outputs)).toContain('decline')
})

test('a server that hangs holds up no process for longer than the framework allows', () => {
  expect([0, 1_500, 2_500, 6_500, 9_000].map(settleMs)).toEqual([5_000, 5_000, 4_500, 500, 1])
})

test('a job that was not prewarmed says so', async () => {
  const { entry } = defineSwitchboardAgent({
    createSwitchboard: () => createSwitchboard({ mcpServers: {} }),
    realtime: { provider: 'rehearsal', baseURL: 'ws://127.0.0.1:9/v1' },
  })
  await expect(startJob({ entry })).rejects.toThrow('prewarm')
})

test('a job joins its room on a LiveKit server', async ({ skip }) => {
  const server = liveKitServer()
  if (typeof server === 'string') {
    console.log(server)
    return skip()
  }
  const joined: boolean[] = []
  const token = accessToken(server, { identity: 'agent', room: `switchboard-${randomUUID()}`, agent: true })
  await runJob((room) => joined.push(room.isConnected), { url: server.url, token })
  expect(joined).toEqual([true])
})
