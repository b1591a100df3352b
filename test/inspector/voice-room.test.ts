import { createHmac, randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import type { LiveKitRoom } from '../../src/inspector/index.ts'
import { startVoice } from '../../src/inspector/voice/index.ts'
import { accessToken } from '../../src/inspector/voice/room-side.ts'
import { startSpeech } from '../../src/rehearsal/index.ts'
import { answered, functionInfo, TestConversation } from '../agent/conversation.ts'
import { LiveKitCaller } from '../support/livekit-caller.ts'
import { liveKitServer } from '../support/livekit-server.ts'
import { LiveKitStandIn } from '../support/livekit-stand-in.ts'
import { until } from '../support/until.ts'
import { VoiceHost } from '../support/voice-host.ts'
import { VoicePage } from '../support/voice-page.ts'

const hello = { type: 'hello', sampleRate: 24_000, model: 'rehearsal' } as const

async function open(conversation: TestConversation, livekit: LiveKitRoom) {
  const { functions } = conversation
  const voice = await startVoice({ switchboard: { functions, conversation: () => conversation }, livekit })
  onTestFinished(() => voice.close())
  const host = await VoiceHost.of(voice)
  return { voice, host, page: await VoicePage.open(host.url) }
}

test('a token lets its holder into one room as an agent, for five minutes, and is signed with the secret', () => {
  const parts = accessToken({ apiKey: 'key', apiSecret: 'secret', room: 'lobby' }).split('.')
  const [head, claims] = parts.map((part) => Buffer.from(part, 'base64url').toString())
  const nowSeconds = Date.now() / 1_000
  expect(JSON.parse(head ?? '')).toEqual({ alg: 'HS256', typ: 'JWT' })
  expect(JSON.parse(claims ?? '')).toEqual({
    iss: 'key',
    sub: expect.stringMatching(/^switchboard-/),
    name: 'Switchboard',
    kind: 'agent',
    nbf: expect.closeTo(nowSeconds, -1),
    exp: expect.closeTo(nowSeconds + 300, -1),
    video: { room: 'lobby', roomJoin: true, agent: true },
  })
  const signature = createHmac('sha256', 'secret').update(`${parts[0]}.${parts[1]}`).digest('base64url')
  expect(parts[2]).toBe(signature)
})

test('a room that cannot be joined is told to the page, and nothing is left of the call', async () => {
  const conversation = new TestConversation([])
  const { url, apiKey, apiSecret } = await LiveKitStandIn.start({ rooms: 'refused' })
  const { host, page } = await open(conversation, { url, apiKey, apiSecret, room: 'lobby' })
  page.command(hello)
  await page.untilClosed()
  await host.calls[0]?.ended
  const message = expect.stringContaining(`the agent cannot join the room lobby of ${url}: `)
  expect(page.messages).toEqual([
    { type: 'problem', message },
    { type: 'ended', reason: message },
  ])
  expect(JSON.stringify(page.messages)).not.toContain('canary')
  expect(conversation).toMatchObject({ ended: true, listenerCount: 0 })
})

test('the agent joins a room of a real server, is heard and understood there, and the page looks on', async ({
  skip,
}) => {
  const server = liveKitServer()
  if (typeof server === 'string') {
    console.log(server)
    return skip()
  }
  const speech = await startSpeech()
  onTestFinished(() => speech.close())
  const conversation = new TestConversation(
    [functionInfo('get_weather', { city: { type: 'string', enum: ['Paris', 'London'] } })],
    { get_weather: ({ city }) => answered(`It is sunny in ${city}.`) },
  )
  const room = `switchboard-test-${randomUUID()}`
  const { voice, host, page } = await open(conversation, { ...server, room })
  expect(voice.room).toBe(room)
  const { pcm, sampleRate } = await speech.say('get weather in London', { voice: 'rms' })
  const caller = await LiveKitCaller.join(server, room, undefined, sampleRate)
  onTestFinished(() => caller.leave())

  page.command(hello)
  await page.untilTold('state')
  await caller.untilAgentIs('listening')
  await caller.say(pcm)
  await until(() => caller.loudMs > 500 && page.transcript.length === 2, 'the agent answers', 60_000)
  expect(conversation.calls).toEqual([{ name: 'get_weather', args: { city: 'London' } }])
  expect(page.transcript).toEqual(['caller: get weather in London', 'agent: It is sunny in London.'])

  page.command({ type: 'hang up' })
  await host.calls[0]?.ended
  await until(() => caller.agent === undefined, 'the agent has left the room')
  expect(page.messages.at(-1)).toEqual({ type: 'ended', reason: 'You hung up.' })
}, 120_000)
