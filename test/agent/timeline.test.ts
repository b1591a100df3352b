import { expect, test } from 'vitest'
import { publishTimeline, type TimelineOptions } from '../../src/agent/worker/timeline.ts'
import type { SwitchboardEvent } from '../../src/index.ts'
import { Publisher } from '../../src/switchboard/publisher.ts'

const names = { callId: 'c1', conversationId: 'v1' }
const named = { ...names, function: 'pay' }

const started: SwitchboardEvent = { type: 'call.started', at: 1, ...named, arguments: { to: 'carol\u202e' } }
const sent: SwitchboardEvent = { type: 'call.sent', at: 2, ...named, server: 'bank', generation: 1 }
const progress = (at: number, message?: string): SwitchboardEvent => ({
  ...{ type: 'call.progress', at, ...names, progress: at, total: 1_000 },
  message,
})
const answered: SwitchboardEvent = {
  ...{ type: 'call.ended', at: 900, ...named },
  outcome: {
    ...{ ok: true, callId: 'c1', server: 'bank', text: 'paid', durationMs: 899 },
    content: [{ type: 'text', text: 'paid' }],
    attempts: [{ server: 'bank', generation: 1, code: 'ok' }],
  },
}
const failed: SwitchboardEvent = {
  ...{ type: 'call.ended', at: 950, ...named },
  outcome: {
    ...{ ok: false, callId: 'c1', attempts: [], durationMs: 949 },
    error: { code: 'server_unavailable', effect: 'none', message: 'Nobody is there. Nothing was done.' },
  },
}

/** What a room gets, the first of it only after a while; `isDeaf`: it takes the first two not at all. */
async function shown(events: SwitchboardEvent[], options?: TimelineOptions, isDeaf = false) {
  const publisher = new Publisher()
  const messages: unknown[] = []
  const problems: unknown[] = []
  let attempts = 0
  const publish = async (message: Uint8Array) => {
    attempts += 1
    if (isDeaf && attempts <= 2) throw new Error(`not connected, attempt ${attempts}`)
    if (attempts === 1) await new Promise((resolve) => setImmediate(resolve))
    messages.push(JSON.parse(new TextDecoder().decode(message)))
  }
  const onProblem = (error: unknown) => problems.push(error)
  const off = publishTimeline(publisher, publish, { ...options, onProblem })
  for (const event of events) publisher.publish(event)
  off()
  publisher.publish(started)
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  return { messages, problems }
}

const call = { callId: 'c1', function: 'pay' }

test('a room is shown each moment of a call in its order, and nothing of its contents', async () => {
  const joined: SwitchboardEvent = { ...started, callId: 'c2', sharedWith: 'c1' }
  expect(await shown([started, joined, sent, progress(300, 'half\u0007'), answered, failed])).toEqual({
    messages: [
      { type: 'call.started', at: 1, ...call },
      { type: 'call.started', at: 1, ...call, callId: 'c2', sharedWith: 'c1' },
      { type: 'call.sent', at: 2, ...call, server: 'bank' },
      { type: 'call.progress', at: 300, callId: 'c1', progress: 300, total: 1_000 },
      { type: 'call.ended', at: 900, ...call, server: 'bank', code: 'ok', effect: 'done', durationMs: 899 },
      { type: 'call.ended', at: 950, ...call, code: 'server_unavailable', effect: 'none', durationMs: 949 },
    ],
    problems: [],
  })
})

test('it is shown the contents where they are asked for, but no hidden characters and nothing long', async () => {
  const long: SwitchboardEvent = { ...started, callId: 'c2', arguments: { text: 'x'.repeat(4_000) } }
  expect(
    await shown([started, long, progress(300, 'half\u0007'), answered, failed], { contents: true }),
  ).toEqual({
    messages: [
      { type: 'call.started', at: 1, ...call, arguments: { to: 'carol' } },
      {
        ...{ type: 'call.started', at: 1, ...call, callId: 'c2' },
        arguments: `{"text":"${'x'.repeat(2_991)}… (cut: 1011 more characters)`,
      },
      { type: 'call.progress', at: 300, callId: 'c1', progress: 300, total: 1_000, message: 'half' },
      {
        ...{
          type: 'call.ended',
          at: 900,
          ...call,
          server: 'bank',
          code: 'ok',
          effect: 'done',
          durationMs: 899,
        },
        text: 'paid',
      },
      {
        ...{ type: 'call.ended', at: 950, ...call, code: 'server_unavailable', effect: 'none' },
        ...{ durationMs: 949, text: 'Nobody is there. Nothing was done.' },
      },
    ],
    problems: [],
  })
})

test('a server that reports every moment does not flood the room', async () => {
  const { messages } = await shown([100, 200, 349, 350, 360, 600].map((at) => progress(at)))
  expect(messages).toEqual(
    [100, 350, 600].map((at) => ({ type: 'call.progress', at, callId: 'c1', progress: at, total: 1_000 })),
  )
})

test('a message that cannot be sent is told and passed over', async () => {
  expect(await shown([started, sent, answered], {}, true)).toEqual({
    messages: [
      { type: 'call.ended', at: 900, ...call, server: 'bank', code: 'ok', effect: 'done', durationMs: 899 },
    ],
    problems: [new Error('not connected, attempt 1'), new Error('not connected, attempt 2')],
  })
})
