import { createServer } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { holdVoiceCall, startVoice, type Voice } from '../../src/inspector/voice/index.ts'
import { VoiceDesk } from '../../src/inspector/voice-desk.ts'
import { answered, functionInfo, TestConversation } from '../agent/conversation.ts'
import { RealtimeEndpoint } from '../agent/realtime-endpoint.ts'
import { heapBytes } from '../fuzz/heap.ts'
import { listen } from '../support/listen.ts'
import { until } from '../support/until.ts'
import { VoiceHost } from '../support/voice-host.ts'
import { VoicePage, type VoicePageOptions } from '../support/voice-page.ts'

/** A model without ears, which says what a test tells it to; it stands where OpenAI would. */
let endpoint: RealtimeEndpoint
let voice: Voice
let conversation: TestConversation

const startIt = () => {
  const openai = { apiKey: 'canary-of-a-key', baseURL: endpoint.url }
  return startVoice({ switchboard: { functions: [], conversation: () => conversation }, openai })
}

beforeAll(async () => {
  endpoint = await RealtimeEndpoint.start()
  voice = await startIt()
})
afterAll(async () => {
  await voice.close()
  await endpoint.close()
})
beforeEach(() => {
  conversation = new TestConversation([functionInfo('search')], { search: () => answered('three pages') })
  endpoint.refuseWith = undefined
  endpoint.events.length = 0
})

const hello = { type: 'hello', sampleRate: 24_000, model: 'openai' } as const

async function call(options: VoicePageOptions = {}, at: Pick<Voice, 'hold'> = voice) {
  const host = await VoiceHost.of(at)
  const page = await VoicePage.call(host.url, { model: 'openai', speed: 1, ...options })
  return { page, ended: Promise.all(host.calls.map(({ ended }) => ended)) }
}

/** Neither a connection to the model, nor a conversation that goes on, nor anybody who listens to it. */
async function expectNothingLeft(ended: Promise<unknown>): Promise<void> {
  await ended
  await endpoint.until(() => endpoint.connections === 0)
  expect(conversation).toMatchObject({ ended: true, listenerCount: 0 })
}

test('an interrupted answer is cut, for the model, where the page stopped playing it', async () => {
  endpoint.scripted.push({ transcript: 'A long story.', audioMs: 60_000 })
  const { page } = await call({ speed: 10 })
  page.type('tell me a story')
  await page.untilPlaying()
  endpoint.send({ type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: 'item_caller' })
  const played = await page.untilPlayed(1)
  await endpoint.until(() => endpoint.events.some(({ type }) => type === 'conversation.item.truncate'))
  const truncation = endpoint.events.find(({ type }) => type === 'conversation.item.truncate')
  expect(truncation?.audio_end_ms).toBe(Math.floor(played.length / 24))
  expect(played.length).toBeLessThan(60_000 * 24)
  await until(() => page.transcript.length === 2, 'the agent has spoken')
  expect(page.transcript).toEqual(['caller: tell me a story', 'agent: A long story. (interrupted)'])
})

test('a page that is gone in the middle of an answer leaves nothing', async () => {
  endpoint.scripted.push({ transcript: 'A long story.', audioMs: 60_000 })
  const { page, ended } = await call()
  page.type('tell me a story')
  await page.untilPlaying()
  page.cut()
  await expectNothingLeft(ended)
})

test('a page that is gone while a function runs leaves nothing', async () => {
  conversation = new TestConversation([functionInfo('wait')], { wait: () => new Promise(() => {}) })
  endpoint.scripted.push({ name: 'wait', arguments: '{}' })
  const { page, ended } = await call()
  page.type('wait')
  await until(() => conversation.calls.length === 1, 'the function runs')
  page.cut()
  await expectNothingLeft(ended)
})

test('a page that is gone before the agent is there leaves nothing', async () => {
  const host = await VoiceHost.of(voice)
  const page = await VoicePage.open(host.url)
  page.command(hello)
  await until(() => host.calls[0]?.conversationId, 'hello is heard')
  page.cut()
  await expectNothingLeft(Promise.all(host.calls.map(({ ended }) => ended)))
})

test('what was typed before the agent could read, and cannot be told to it, ends the call with a word', async () => {
  conversation.speaking = () => {
    throw new Error('nobody can speak here')
  }
  const host = await VoiceHost.of(voice)
  const page = await VoicePage.open(host.url)
  page.command(hello)
  page.type('hello?')
  await expectNothingLeft(Promise.all(host.calls.map(({ ended }) => ended)))
  await until(() => page.closed, 'the page is told')
  expect(page.closed?.reason).toBe('nobody can speak here')
})

test('a page that reads nothing more of a long answer is cut off', async () => {
  endpoint.scripted.push({ transcript: 'A very long story.', audioMs: 600_000 })
  const host = await VoiceHost.of({
    hold: (socket) =>
      holdVoiceCall(socket, {
        converse: () => conversation,
        realtimeOf: () => ({ provider: 'rehearsal', baseURL: endpoint.url }),
        mask: (text) => text,
        maxStandstillMs: 300,
      }),
  })
  const page = await VoicePage.call(host.url, { model: 'openai' })
  page.type('tell me a story')
  page.freeze()
  await expectNothingLeft(Promise.all(host.calls.map(({ ended }) => ended)))
})

test.each([
  ['no JSON', ['{'], 'a command is not JSON'],
  ['no command', ['{"type":"sudo"}'], 'a command is wrong at "type"'],
  [
    'a strange rate',
    [JSON.stringify({ ...hello, sampleRate: 47_999 })],
    'a command is wrong at "sampleRate"',
  ],
  [
    'more than is known',
    [JSON.stringify({ ...hello, apiKey: 'x' })],
    'a command is wrong: Unrecognized key: "apiKey"',
  ],
  ['a novel', [JSON.stringify({ type: 'typed', text: 'x'.repeat(2_001) })], 'a command is wrong at "text"'],
  ['a library', ['x'.repeat(20_000)], 'a command of 20000 bytes is too long'],
  ['sound before hello', [Buffer.alloc(2)], 'hello comes first'],
  ['words before hello', [JSON.stringify({ type: 'typed', text: 'x' })], 'hello comes first'],
  ['hello twice', [JSON.stringify(hello), JSON.stringify(hello)], 'hello comes once'],
  ['half a sample', [JSON.stringify(hello), Buffer.alloc(3)], 'PCM16 has two bytes a sample'],
  [
    'a minute of sound',
    [JSON.stringify(hello), Buffer.alloc(600_000)],
    'a piece of sound of 600000 bytes is too long',
  ],
])('%s ends the call with a word', async (_, frames, problem) => {
  const host = await VoiceHost.of(voice)
  const page = await VoicePage.open(host.url)
  for (const frame of frames) page.sendRaw(frame)
  const { code } = await page.untilClosed()
  await host.calls[0]?.ended
  expect(code).toBe(1008)
  const said = page.messages.filter(({ type }) => type === 'problem' || type === 'ended')
  const message = expect.stringContaining(`The page said what this program does not understand: ${problem}`)
  expect(said).toEqual([
    { type: 'problem', message },
    { type: 'ended', reason: message },
  ])
})

test('a frame that is too large for the socket ends the call, and no other', async () => {
  const other = await call()
  const host = await VoiceHost.of(voice)
  const page = await VoicePage.open(host.url)
  page.sendRaw(Buffer.alloc(2 * 1024 * 1024))
  expect(await page.untilClosed()).toMatchObject({ code: 1009 })
  await host.calls[0]?.ended
  endpoint.scripted.push({ transcript: 'Here.', audioMs: 100 })
  other.page.type('are you there?')
  await other.page.untilPlayed(1)
})

test('what the model refuses for good is told, with how the call ended', async () => {
  endpoint.refuseWith = 401
  const host = await VoiceHost.of(voice)
  const page = await VoicePage.open(host.url)
  page.command(hello)
  await page.untilClosed()
  const message = expect.stringMatching(/^cannot reach the Realtime endpoint at .*401/)
  expect(page.messages).toEqual([
    { type: 'problem', message },
    { type: 'ended', reason: message },
  ])
  expect(JSON.stringify(page.messages)).not.toContain('canary')
  await expectNothingLeft(Promise.all(host.calls.map(({ ended }) => ended)))
})

test('a model that is lost for good ends the call with the reason', async () => {
  const { page, ended } = await call()
  endpoint.refuseWith = 503
  endpoint.dropConnections()
  await page.untilClosed()
  const reason = expect.stringContaining('503')
  expect(page.messages.slice(-2)).toEqual([
    { type: 'problem', message: reason },
    { type: 'ended', reason },
  ])
  await expectNothingLeft(ended)
})

test('a complaint of the model is told, and the call goes on', async () => {
  const { page } = await call()
  endpoint.send({ type: 'error', error: { type: 'invalid_request_error', code: 'x', message: 'Too loud.' } })
  expect((await page.untilTold('problem')).message).toContain('Too loud.')
  endpoint.scripted.push({ transcript: 'Here.', audioMs: 100 })
  page.type('are you there?')
  await page.untilPlayed(1)
})

test('when the voice is closed, every call ends with a word', async () => {
  const other = await startIt()
  const { page, ended } = await call({}, other)
  await other.close()
  await page.untilClosed()
  expect(page.told('ended')).toEqual([{ type: 'ended', reason: 'The program ends.' }])
  await expectNothingLeft(ended)
})

test('nothing is kept of a call that is over and was not recorded', async () => {
  const host = await VoiceHost.of(voice)
  const page = await VoicePage.open(host.url)
  page.command({ type: 'hang up' })
  await page.untilClosed()
  const calls = host.calls.splice(0)
  await Promise.all(calls.map(({ ended }) => ended))
  const left = calls.splice(0).map((one) => new WeakRef(one))
  await until(() => heapBytes() > 0 && left[0]?.deref() === undefined, 'the call is forgotten')
})

test('a call that is placed while the voice closes is refused with a word, and begins no conversation', async () => {
  const other = await startIt()
  const host = await VoiceHost.of(other)
  const closing = other.close()
  const page = await VoicePage.open(host.url)
  page.command(hello)
  await page.untilClosed()
  await closing
  expect(page.messages).toEqual([{ type: 'ended', reason: 'The program ends.' }])
  expect(host.calls.map(({ conversationId }) => conversationId)).toEqual([undefined])
})

test('a call that is placed while the page closes is refused with a word, also where the voice is not there yet', async () => {
  const switchboard = { functions: [], conversation: () => conversation }
  const desk = new VoiceDesk({ switchboard }, () => {})
  void desk.start()
  const server = createServer()
  new WebSocketServer({ server }).on('connection', (socket) => desk.hold(socket))
  onTestFinished(() => void server.close())
  const { url } = await listen(server)
  const closing = desk.close()
  const page = await VoicePage.open(url.replace('http', 'ws'))
  page.command({ ...hello, model: 'rehearsal' })
  await page.untilClosed()
  await closing
  expect(page.messages).toEqual([{ type: 'ended', reason: 'The program ends.' }])
})

test('a call that is hung up ends with a word, and the line is closed', async () => {
  const { page, ended } = await call()
  page.command({ type: 'hang up' })
  expect(await page.untilClosed()).toEqual({ code: 1000, reason: 'You hung up.' })
  expect(page.messages.at(-1)).toEqual({ type: 'ended', reason: 'You hung up.' })
  await expectNothingLeft(ended)
})
