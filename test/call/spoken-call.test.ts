import { initializeLogger } from '@livekit/agents'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  placeCall,
  type Turn,
  type TurnResult,
  type VoiceCallEvent,
} from '../../src/rehearsal/call/place-call.ts'
import { type Rehearsal, startRehearsal } from '../../src/rehearsal/index.ts'
import { answered, functionInfo, TestConversation } from '../agent/conversation.ts'

let rehearsal: Rehearsal

beforeAll(async () => {
  initializeLogger({ pretty: false, level: 'silent' })
  rehearsal = await startRehearsal()
})
afterAll(() => rehearsal.close())

const callerVoice = 'rms'

async function say(text: string): Promise<Int16Array> {
  return (await rehearsal.speech.say(text, { voice: callerVoice })).pcm
}

function shop(): TestConversation {
  return new TestConversation(
    [
      functionInfo('get_weather', { city: { type: 'string', enum: ['Paris', 'London', 'Berlin'] } }),
      functionInfo('search_web', {
        query: { type: 'string', examples: ['state machines', 'breaking news'] },
      }),
      functionInfo('tell_story'),
    ],
    {
      get_weather: ({ city }) => answered(`It is sunny in ${city}.`),
      search_web: ({ query }) => answered(`I found three pages about ${query}.`),
      tell_story: () => answered(story),
    },
  )
}

const story =
  'Once upon a time there was a small machine that wanted to speak. It had three states and loved all of them. ' +
  'In the first state it listened to the wind. In the second state it counted the stars until the morning came.'

async function call(conversation: TestConversation, turns: Turn[], speed: number) {
  const events: VoiceCallEvent[] = []
  const record = await placeCall({
    conversation,
    realtime: { provider: 'rehearsal', baseURL: rehearsal.url },
    say,
    turns,
    speed,
    // A loaded machine recognises speech slowly: what is waited for here is that it does.
    patience: { replyMs: 50_000, transcriptMs: 50_000 },
    onEvent: (event) => events.push(event),
  })
  return { ...record, events }
}

const answerOf = (turn: TurnResult | undefined): string => turn?.answered.join(' ') ?? ''

test.each([4, 20])('two spoken turns at %d times real time', async (speed) => {
  const conversation = shop()
  const { turns } = await call(
    conversation,
    [
      { kind: 'say', text: 'get weather in Paris' },
      { kind: 'say', text: 'search web for state machines' },
    ],
    speed,
  )
  expect(conversation.calls).toEqual([
    { name: 'get_weather', args: { city: 'Paris' } },
    { name: 'search_web', args: { query: 'state machines' } },
  ])
  expect(turns).toMatchObject([
    { said: 'get weather in Paris', heard: expect.stringMatching(/paris/i), timedOut: false },
    {
      said: 'search web for state machines',
      heard: expect.stringMatching(/state machines/i),
      timedOut: false,
    },
  ])
  expect(answerOf(turns[0])).toContain('It is sunny in Paris')
  expect(answerOf(turns[1])).toContain('I found three pages about state machines')
})

test('the recording has the question on the left and the answer on the right', async () => {
  const { recording, sampleRate, turns } = await call(
    shop(),
    [{ kind: 'say', text: 'get weather in London' }],
    8,
  )
  const answer = answerOf(turns[0])
  const heard = await Promise.all([
    rehearsal.speech.recognize(recording.caller, sampleRate, [
      'get weather in London',
      'get weather in Paris',
      answer,
    ]),
    rehearsal.speech.recognize(recording.agent, sampleRate, [
      answer,
      answer.replace('London', 'Paris'),
      answer.replace('is sunny', 'is not sunny'),
      'get weather in London',
    ]),
  ])
  expect(heard).toMatchObject([
    { accepted: true, sentence: 'get weather in London' },
    { accepted: true, sentence: answer },
  ])
})

test('what is typed goes past the ears', async () => {
  const conversation = shop()
  const { turns, events } = await call(conversation, [{ kind: 'type', text: 'get weather in Berlin' }], 8)
  expect(conversation.calls).toEqual([{ name: 'get_weather', args: { city: 'Berlin' } }])
  expect(answerOf(turns[0])).toContain('It is sunny in Berlin')
  expect(events.filter(({ type }) => type === 'heard')).toEqual([])
})

test('what is not understood calls nothing, and the next turn is heard', async () => {
  const conversation = shop()
  const { turns, events } = await call(
    conversation,
    [
      { kind: 'say', text: 'purple monkeys dance under quiet rivers' },
      { kind: 'say', text: 'get weather in Paris' },
    ],
    8,
  )
  expect(turns[0]).toMatchObject({ heard: '', timedOut: false })
  expect(events.find(({ type }) => type === 'heard')).toEqual({ type: 'heard', text: '' })
  expect(conversation.calls).toEqual([{ name: 'get_weather', args: { city: 'Paris' } }])
})

test('a caller who speaks over the answer interrupts it and is answered', async () => {
  const first = await say('tell story')
  const second = await say('get weather in Berlin')
  const pcm = new Int16Array(first.length + 5 * 24_000 + second.length)
  pcm.set(first)
  pcm.set(second, first.length + 5 * 24_000)
  const conversation = shop()
  const { turns, events } = await call(conversation, [{ kind: 'audio', pcm, label: 'an interruption' }], 2)
  expect(conversation.calls.map(({ name }) => name)).toEqual(['tell_story', 'get_weather'])
  expect(events.flatMap((event) => (event.type === 'agent.said' ? [event.interrupted] : []))).toEqual([
    true,
    false,
  ])
  expect(conversation.spoken.filter((what) => what === 'caller speaks')).toHaveLength(2)
  expect(turns[0]?.answered.at(-1)).toContain('It is sunny in Berlin')
})
