import { initializeLogger } from '@livekit/agents'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type PlaceCallOptions, placeCall, type VoiceCallEvent } from '../../src/rehearsal/call/place-call.ts'
import { answered, functionInfo, TestConversation } from '../agent/conversation.ts'
import { RealtimeEndpoint } from '../agent/realtime-endpoint.ts'

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }))

let endpoint: RealtimeEndpoint
beforeEach(async () => {
  endpoint = await RealtimeEndpoint.start()
})
afterEach(() => endpoint.close())

/** A call to the endpoint without ears, at ten times the pace of real time. */
function call(options: Partial<PlaceCallOptions> & Pick<PlaceCallOptions, 'turns'>) {
  return placeCall({
    conversation: new TestConversation([]),
    realtime: { provider: 'rehearsal', baseURL: endpoint.url },
    say: async () => new Int16Array(24_000).fill(1),
    speed: 10,
    ...options,
  })
}

const voiced = (pcm: Int16Array): number => pcm.filter((sample) => sample !== 0).length

test('a typed turn goes through a function to a spoken answer, which is recorded', async () => {
  const conversation = new TestConversation([functionInfo('search')], {
    search: () => answered('three pages'),
  })
  endpoint.scripted.push(
    { name: 'search', arguments: '{"query":"socks"}' },
    { transcript: 'Three pages.', audioMs: 900 },
  )
  const events: VoiceCallEvent[] = []
  const record = await call({
    conversation,
    turns: [{ kind: 'type', text: 'search for socks' }],
    onEvent: (event) => events.push(event),
  })
  const result = {
    said: 'search for socks',
    heard: 'search for socks',
    answered: ['Three pages.'],
    timedOut: false,
  }
  expect(record.turns).toEqual([result])
  expect(conversation.calls).toEqual([{ name: 'search', args: { query: 'socks' } }])
  expect(voiced(record.recording.agent)).toBe(900 * 24)
  expect(voiced(record.recording.caller)).toBe(0)
  expect(events.filter(({ type }) => type !== 'agent.state')).toEqual([
    { type: 'caller.speaking', index: 0, kind: 'type', text: 'search for socks' },
    { type: 'agent.speaking' },
    { type: 'agent.said', text: 'Three pages.', interrupted: false },
    { type: 'turn.ended', index: 0, ...result },
  ])
})

test('an interrupted answer is cut where the caller stopped hearing it, for the model and in the recording', async () => {
  endpoint.scripted.push({ transcript: 'A long story.', audioMs: 60_000 })
  const said: VoiceCallEvent[] = []
  const { turns, recording } = await call({
    turns: [{ kind: 'type', text: 'tell me a story' }],
    onEvent: (event) => {
      if (event.type === 'agent.said') said.push(event)
      if (event.type === 'agent.speaking') {
        const item = { item_id: 'item_caller' }
        endpoint.send({ type: 'input_audio_buffer.speech_started', audio_start_ms: 0, ...item })
        endpoint.send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: 0, ...item })
        const transcript = { content_index: 0, transcript: 'stop', ...item }
        endpoint.send({ type: 'conversation.item.input_audio_transcription.completed', ...transcript })
      }
    },
    patience: { replyMs: 50 },
  })
  expect(said).toEqual([{ type: 'agent.said', text: 'A long story.', interrupted: true }])
  expect(turns).toMatchObject([{ answered: ['A long story.'], timedOut: true }])
  const [truncation] = endpoint.events.filter(({ type }) => type === 'conversation.item.truncate')
  const playedMs = Number(truncation?.audio_end_ms)
  expect(playedMs).toBeGreaterThan(0)
  expect(playedMs).toBeLessThan(30_000)
  expect(Math.floor(voiced(recording.agent) / 24)).toBe(playedMs)
})

test('turns follow each other, each after what comes before it', async () => {
  endpoint.scripted.push({ transcript: 'One.', audioMs: 100 }, { transcript: 'Two.', audioMs: 100 })
  const order: string[] = []
  await call({
    turns: [
      { kind: 'type', text: 'first' },
      { kind: 'type', text: 'second' },
    ],
    beforeTurn: async (index) => void order.push(`before ${index}`),
    onEvent: (event) => {
      if (event.type === 'agent.said') order.push(event.text)
    },
  })
  expect(order).toEqual(['before 0', 'One.', 'before 1', 'Two.'])
})

test('a voice that the model does not hear times out, and is recorded', async () => {
  const { turns, recording } = await call({
    turns: [{ kind: 'audio', pcm: new Int16Array(12_000).fill(5), label: 'a hum' }],
    patience: { replyMs: 50 },
  })
  expect(turns).toEqual([{ said: 'a hum', heard: '', answered: [], timedOut: true }])
  expect(voiced(recording.caller)).toBe(12_000)
})

describe('a call that cannot go on', () => {
  test('is refused with the reason when the endpoint is', async () => {
    endpoint.refuseWith = 401
    await expect(call({ turns: [] })).rejects.toThrow('cannot reach the Realtime endpoint at')
  })

  test('is refused with the reason when the connection is lost for good', async () => {
    const placed = call({
      turns: [{ kind: 'say', text: 'hello' }],
      onEvent: (event) => {
        if (event.type !== 'caller.speaking') return
        endpoint.refuseWith = 503
        endpoint.dropConnections()
      },
      patience: { replyMs: 60_000 },
    })
    await expect(placed).rejects.toThrow('Unexpected server response: 503')
  })

  test('fails with what fails in it, and hangs up', async () => {
    const placed = call({
      turns: [{ kind: 'say', text: 'hello' }],
      say: () => Promise.reject(new Error('no voice')),
    })
    await expect(placed).rejects.toThrow('no voice')
    await endpoint.until(() => endpoint.connections === 0)
  })
})

describe('an aborted call', () => {
  test('does not wait for the running function, tells the conversation, hangs up and says why', async () => {
    const controller = new AbortController()
    const conversation = new TestConversation([functionInfo('wait')], {
      wait: () => {
        controller.abort(new Error('the caller hung up'))
        return new Promise(() => {})
      },
    })
    endpoint.scripted.push({ name: 'wait', arguments: '{}' })
    const placed = call({ conversation, turns: [{ kind: 'type', text: 'wait' }], signal: controller.signal })
    await expect(placed).rejects.toThrow('the caller hung up')
    expect(conversation.interruptions).toBe(1)
    expect(conversation.listenerCount).toBe(0)
    await endpoint.until(() => endpoint.connections === 0)
  })

  test('in the middle of a voice hangs up', async () => {
    const controller = new AbortController()
    const placed = call({
      turns: [{ kind: 'audio', pcm: new Int16Array(24_000 * 600), label: 'ten minutes' }],
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'caller.speaking') controller.abort(new Error('enough'))
      },
    })
    await expect(placed).rejects.toThrow('enough')
    await endpoint.until(() => endpoint.connections === 0)
  })

  test('before it began dials nobody', async () => {
    await expect(call({ turns: [], signal: AbortSignal.abort(new Error('never mind')) })).rejects.toThrow(
      'never mind',
    )
    expect(endpoint.headers).toEqual([])
  })
})
