import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Conversation, FunctionInfo } from '../../src/contract/protocol.ts'
import { startVoice, type Voice } from '../../src/inspector/voice/index.ts'
import type { VoiceMessage } from '../../src/inspector/wire.ts'
import { decodeWavChannels, type Speech, startSpeech, utterances } from '../../src/rehearsal/index.ts'
import { answered, functionInfo, TestConversation } from '../agent/conversation.ts'
import { bytesOf } from '../support/bytes-of.ts'
import { openReady } from '../support/opened.ts'
import { TestServer } from '../support/test-server.ts'
import { until } from '../support/until.ts'
import { VoiceHost } from '../support/voice-host.ts'
import { VoicePage } from '../support/voice-page.ts'

interface Behind {
  readonly functions: FunctionInfo[]
  conversation(): Conversation
}

let speech: Speech
let voice: Voice
/** What the voice is in front of, in the test that runs. */
let behind: Behind
const told: [string, VoiceMessage][] = []

beforeAll(async () => {
  speech = await startSpeech()
  voice = await startVoice({
    switchboard: {
      get functions() {
        return behind.functions
      },
      conversation: () => behind.conversation(),
    },
    onTold: (conversationId, message) => told.push([conversationId, message]),
    recordingUrlOf: (conversationId) => `/recordings/${conversationId}.wav`,
  })
})
afterAll(async () => {
  await voice.close()
  await speech.close()
})

const say = async (text: string) => (await speech.say(text, { voice: 'rms' })).pcm

async function heardIn(
  pcm: Int16Array,
  sampleRate: number,
  sentences: string[],
): Promise<string | undefined> {
  return (await speech.recognize(pcm, sampleRate, sentences)).sentence
}

const found = (query: string) => `I found two pages about ${query}.`
const queries = ['breaking news', 'state machines']

/** A switchboard in front of a server whose tools answer at once. */
async function office(): Promise<TestServer> {
  const server = new TestServer('--spoken')
  server.release('search_web')
  server.release('send_email')
  behind = (await openReady({ office: server.stdio() }, { fillerAfterMs: 60_000 })).switchboard
  return server
}

const story =
  'Once upon a time there was a small machine that wanted to speak. It had three states and loved all of them. ' +
  'In the first state it listened to the wind. In the second state it counted the stars until the morning came.'

function storyteller(): TestConversation {
  const functions = [
    functionInfo('get_weather', { city: { type: 'string', enum: ['Paris', 'London', 'Berlin'] } }),
    functionInfo('tell_story'),
  ]
  const conversation = new TestConversation(functions, {
    get_weather: ({ city }) => answered(`It is sunny in ${city}.`),
    tell_story: () => answered(story),
  })
  behind = { functions, conversation: () => conversation }
  return conversation
}

test.each([48_000, 44_100])(
  'spoken at %i Hz: the tool runs with the words spoken, and its answer is played',
  async (sampleRate) => {
    const server = await office()
    const { url } = await VoiceHost.of(voice)
    const page = await VoicePage.call(url, { sampleRate })

    page.say(await say('search the web for breaking news'))
    const pcm = await page.untilPlayed(1)

    expect(await heardIn(pcm, sampleRate, queries.map(found))).toBe(found('breaking news'))
    expect(server.ledger.filter(({ event }) => event === 'start')).toMatchObject([
      { tool: 'search_web', arguments: { query: 'breaking news' } },
    ])
    await until(() => page.transcript.length === 2, 'both have spoken')
    expect(page.transcript).toEqual([
      'caller: search the web for breaking news',
      `agent: ${found('breaking news')}`,
    ])
    expect(page.told('caller').map(({ isSpeaking }) => isSpeaking)).toEqual([true, false])
    await until(() => page.told('state').length >= 4, 'the agent listens again')
    expect(page.told('state').map(({ state }) => state)).toEqual([
      ...['listening', 'thinking', 'speaking', 'listening'],
    ])
  },
)

test('what the agent says is told before it is played, and again when it was', async () => {
  storyteller()
  const { url } = await VoiceHost.of(voice)
  const page = await VoicePage.call(url)
  page.type('get weather in Paris')
  await page.untilTold('words', 3)
  await page.untilPlayed(1)
  await until(() => page.transcript.length === 2, 'it is final')
  const [, early, final] = page.told('words')
  expect([early, final]).toEqual([
    {
      type: 'words',
      who: 'agent',
      id: final?.id,
      at: early?.at,
      text: 'It is sunny in Paris.',
      isFinal: false,
    },
    {
      type: 'words',
      who: 'agent',
      id: early?.id,
      at: final?.at,
      text: 'It is sunny in Paris.',
      isFinal: true,
    },
  ])
  expect(told.filter(([id]) => id === 'test').map(([, message]) => message)).toEqual(
    page.messages.filter(({ type }) => type !== 'segment.end'),
  )
})

test('what is typed goes past the ears, without a microphone, also before the agent is there', async () => {
  const conversation = storyteller()
  const { url } = await VoiceHost.of(voice)
  const page = await VoicePage.open(url)
  page.command({ type: 'hello', sampleRate: 24_000, model: 'rehearsal' })
  page.type('get weather in Berlin')
  page.type('   ')
  const pcm = await page.untilPlayed(1)
  expect(conversation.calls).toEqual([{ name: 'get_weather', args: { city: 'Berlin' } }])
  expect(await heardIn(pcm, 24_000, ['It is sunny in Berlin.', 'It is sunny in Paris.'])).toBe(
    'It is sunny in Berlin.',
  )
  expect(conversation.spoken.slice(0, 2)).toEqual(['caller speaks', 'caller is silent'])
  await until(() => page.transcript.length === 2, 'both have spoken')
  expect(page.transcript).toEqual(['caller: get weather in Berlin', 'agent: It is sunny in Berlin.'])
})

test('a voice interrupts the agent: the page is silent at once, and the answer to it follows', async () => {
  const conversation = storyteller()
  const { url } = await VoiceHost.of(voice)
  const page = await VoicePage.call(url, { speed: 4 })
  page.type('tell story')
  await page.untilPlaying()
  page.say(await say('get weather in Berlin'))
  const pcm = await page.untilPlayed(2)
  expect(page.played.map(({ isInterrupted }) => isInterrupted)).toEqual([true, false])
  expect(page.told('clear')).toHaveLength(1)
  expect(await heardIn(pcm, 24_000, ['It is sunny in Berlin.', 'It is sunny in Paris.'])).toBe(
    'It is sunny in Berlin.',
  )
  await until(() => page.transcript.length === 4, 'both have spoken twice')
  expect(page.transcript).toEqual([
    'caller: tell story',
    expect.stringMatching(/^agent: Once upon a time .* \(interrupted\)$/),
    'caller: get weather in Berlin',
    'agent: It is sunny in Berlin.',
  ])
  expect(conversation.calls.map(({ name }) => name)).toEqual(['tell_story', 'get_weather'])
})

test('what is typed interrupts the agent too', async () => {
  storyteller()
  const { url } = await VoiceHost.of(voice)
  const page = await VoicePage.call(url, { speed: 4 })
  page.type('tell story')
  await page.untilPlaying()
  page.type('get weather in London')
  const pcm = await page.untilPlayed(2)
  expect(page.played.map(({ isInterrupted }) => isInterrupted)).toEqual([true, false])
  expect(await heardIn(pcm, 24_000, ['It is sunny in London.', 'It is sunny in Paris.'])).toBe(
    'It is sunny in London.',
  )
})

test('the recording has the caller on the left and what was played on the right, also when the call is over', async () => {
  storyteller()
  const { url, calls } = await VoiceHost.of(voice)
  const page = await VoicePage.call(url, { sampleRate: 48_000 })
  const conversationId = page.told('connected')[0]?.conversationId ?? ''
  page.say(await say('get weather in London'))
  await page.untilPlayed(1)
  page.command({ type: 'hang up' })
  const { reason, recording } = await page.untilTold('ended')
  expect({ reason, recording }).toEqual({ reason: 'You hung up.', recording: '/recordings/test.wav' })
  expect(await page.untilClosed()).toEqual({ code: 1000, reason: 'You hung up.' })
  await calls[0]?.ended

  const { chunks } = voice.recordingOf(conversationId) ?? { chunks: [] }
  const { channels, sampleRate } = decodeWavChannels(await bytesOf(chunks))
  const [caller = new Int16Array(), agent = new Int16Array()] = channels
  const said = ['get weather in London', 'get weather in Paris', 'It is sunny in London.']
  const heard = await Promise.all(
    [caller, agent].map((channel) => {
      // The rest is silence, a long one where the machine is slow.
      const [utterance] = utterances(channel, sampleRate)
      return heardIn(utterance?.pcm ?? channel, sampleRate, said)
    }),
  )
  expect(heard).toEqual(['get weather in London', 'It is sunny in London.'])
  const firstSound = (channel: Int16Array) => channel.findIndex((sample) => Math.abs(sample) > 1_000)
  expect(firstSound(agent)).toBeGreaterThan(firstSound(caller))
  expect(voice.recordingOf('another')).toBeUndefined()
})

test('two calls at once do not know of each other', async () => {
  const server = await office()
  const { url } = await VoiceHost.of(voice)
  const pages = await Promise.all([VoicePage.call(url), VoicePage.call(url, { sampleRate: 48_000 })])
  const heard = await Promise.all(
    pages.map(async (page, index) => {
      page.say(await say(`search the web for ${queries[index]}`))
      return heardIn(await page.untilPlayed(1), page.sampleRate, queries.map(found))
    }),
  )
  expect(heard).toEqual(queries.map(found))
  const [one, other] = pages.map((page) => page.told('connected')[0]?.conversationId)
  expect(one).not.toBe(other)
  expect(server.runs('search_web')).toEqual({ started: 2, finished: 2 })
  pages[0]?.cut()
  pages[1]?.type('send an email to carol')
  await pages[1]?.untilPlayed(2)
  expect(server.runs('send_email')).toEqual({ started: 1, finished: 1 })
})

test('what can be said follows from the functions at hand', async () => {
  await office()
  expect(voice.models).toEqual(['rehearsal'])
  expect(voice.sayable()).toEqual([
    'search the web for state machines',
    'send an email to carol',
    'delete the account carol',
    'book a seat',
    'tool status',
  ])
})

test('a model that is not offered is refused with a word', async () => {
  storyteller()
  const { url } = await VoiceHost.of(voice)
  const page = await VoicePage.open(url)
  page.command({ type: 'hello', sampleRate: 24_000, model: 'openai' })
  await page.untilClosed()
  const message = 'There is no model openai to talk to.'
  expect(page.messages).toEqual([
    { type: 'problem', message },
    { type: 'ended', reason: message },
  ])
})
