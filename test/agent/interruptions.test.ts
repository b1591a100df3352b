import { once } from 'node:events'
import { Future, llm, voice } from '@livekit/agents'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { callFunction } from '../../src/agent/function-call.ts'
import { english } from '../../src/contract/phrases.ts'
import type { Outcome } from '../../src/contract/protocol.ts'
import { openEndpoint, startCall } from './call.ts'
import { answered, functionInfo, TestConversation } from './conversation.ts'
import type { ClientEvent, RealtimeEndpoint } from './realtime-endpoint.ts'

/** Plays what it gets until it is told to stop. */
class EndlessOutput extends voice.AudioOutput {
  #isPlaying = false

  override async captureFrame(frame: Parameters<voice.AudioOutput['captureFrame']>[0]): Promise<void> {
    await super.captureFrame(frame)
    if (!this.#isPlaying) this.onPlaybackStarted(Date.now())
    this.#isPlaying = true
  }

  override clearBuffer(): void {
    if (this.#isPlaying) this.onPlaybackFinished({ playbackPosition: 0.1, interrupted: true })
    this.#isPlaying = false
  }
}

class NoInput extends voice.AudioInput {}

const cancelled = (effect: 'none' | 'unknown'): Outcome => ({
  ...{ ok: false, callId: 'call-1', server: 'office', attempts: [], durationMs: 1 },
  error: { code: 'cancelled', effect, message: `send mail was cancelled. (${effect})` },
})

let endpoint: RealtimeEndpoint
let output: EndlessOutput

beforeEach(async () => {
  endpoint = await openEndpoint()
  output = new EndlessOutput(24_000)
})
afterEach(() => void vi.restoreAllMocks())

async function start(send: () => Outcome | Promise<Outcome>) {
  const conversation = new TestConversation([functionInfo('send_mail')], { send_mail: send })
  const audio = { input: new NoInput(), output }
  const { session, toolset } = await startCall(conversation, endpoint.url, { audio })
  await toolset.whenConfirmed()
  return { conversation, session }
}

/** The agent speaks, the function is called meanwhile, and then the caller speaks. */
async function interrupted(send: () => Outcome | Promise<Outcome>, onInterrupt = () => {}) {
  const started = once(output, voice.AudioOutput.EVENT_PLAYBACK_STARTED)
  let onCall = () => {}
  const called = new Promise<void>((resolve) => {
    onCall = resolve
  })
  const { conversation, session } = await start(() => {
    onCall()
    return send()
  })
  conversation.onInterrupt = onInterrupt
  const speech = session.generateReply({ userInput: 'send a mail' })
  await Promise.all([started, called])
  await new Promise((resolve) => setImmediate(resolve))
  endpoint.send({ type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: 'item_x' })
  await speech.waitForPlayout()
  return { conversation, session, model: session.currentAgent.getActivityOrThrow().realtimeLLMSession }
}

/** The model has confirmed that it got an answer, and whoever waited for that has gone on. */
function confirmedOutput(model: llm.RealtimeSession | undefined): Promise<void> {
  return new Promise((resolve) => {
    model?.on('openai_server_event_received', ({ type, item }: ClientEvent) => {
      if (type === 'conversation.item.added' && item?.type === 'function_call_output') setImmediate(resolve)
    })
  })
}

function isSilent(): void {
  endpoint.send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: 700, item_id: 'item_x' })
}

const speaksAndCalls = {
  transcript: 'I send that mail now',
  audioMs: 2_000,
  name: 'send_mail',
  arguments: '{}',
}
const responses = (): ClientEvent[] => endpoint.events.filter(({ type }) => type === 'response.create')
const isDictated = (event: ClientEvent): boolean => JSON.stringify(event.response).includes('\\nsay: ')
const toldFreely = (): number => responses().filter((event) => !isDictated(event)).length

describe('the caller speaks while the agent speaks', () => {
  beforeEach(() => void endpoint.scripted.push(speaksAndCalls))

  test('after a function has answered: the model gets its answer, once, and tells of it', async () => {
    const { conversation } = await interrupted(() => answered('on its way'))
    await endpoint.until(() => endpoint.outputs.length > 0)
    isSilent()
    await endpoint.until(() => toldFreely() === 2)
    expect(endpoint.outputs).toEqual([{ result: 'on its way' }])
    expect(endpoint.items.filter(({ type }) => type === 'function_call')).toHaveLength(1)
    expect(endpoint.complaints).toEqual([])
    expect(conversation.interruptions).toBe(0)
  }, 10_000)

  test('a filler does not take the place of telling what came late', async () => {
    const answers: ((outcome: Outcome) => void)[] = []
    const { conversation, model } = await interrupted(() => new Promise((resolve) => answers.push(resolve)))
    const confirmed = confirmedOutput(model)
    answers[0]?.(answered('on its way'))
    await confirmed
    conversation.publish({
      type: 'silence.noticed',
      at: 1,
      conversationId: 'test',
      functions: [],
      saidBefore: 0,
    })
    isSilent()
    await endpoint.until(() => responses().some(isDictated))
    await endpoint.until(() => toldFreely() === 2)
    expect(endpoint.outputs).toEqual([{ result: 'on its way' }])
  }, 10_000)

  test('what is cancelled for another reason later is told', async () => {
    const answers: ((outcome: Outcome) => void)[] = []
    const { session } = await interrupted(() => new Promise((resolve) => answers.push(resolve)))
    const silent = once(session, voice.AgentSessionEventTypes.UserStateChanged)
    isSilent()
    await silent
    answers[0]?.(cancelled('unknown'))
    await endpoint.until(() => toldFreely() === 2)
    expect(endpoint.outputs).toMatchObject([{ error: { code: 'cancelled', effect: 'unknown' } }])
  }, 10_000)

  test('what comes while the call ends is told to nobody any more, and that is no problem', async () => {
    const answers: ((outcome: Outcome) => void)[] = []
    const { session, model } = await interrupted(() => new Promise((resolve) => answers.push(resolve)))
    isSilent()
    await once(session, voice.AgentSessionEventTypes.UserStateChanged)
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const ask = vi.spyOn(session, 'generateReply')
    const hungUp = new Future<void>()
    if (!model) throw new Error('there is no session with the model')
    const hangUp = vi.spyOn(model, 'close').mockReturnValue(hungUp.await)
    const closing = session.close()
    await vi.waitUntil(() => hangUp.mock.calls.length > 0)
    answers[0]?.(answered('on its way'))
    await vi.waitUntil(() => ask.mock.results.length > 0, { timeout: 5_000 })
    await new Promise((resolve) => setImmediate(resolve))
    hangUp.mockRestore()
    hungUp.resolve(await model.close())
    await closing
    expect(warn.mock.calls).toEqual([])
  }, 10_000)
})

describe('a function that is called after the caller spoke', () => {
  test.each(['interrupted', 'aborted'])(
    'is not called: its speech is %s',
    async (how) => {
      const { conversation, session } = await start(() => answered('on its way'))
      const speech = voice.SpeechHandle.create()
      if (how === 'interrupted') speech.interrupt()
      const functionCall = llm.FunctionCall.create({ callId: 'call_x', name: 'send_mail', args: '{}' })
      const context = new voice.RunContext(session, speech, functionCall)
      const signal = how === 'aborted' ? AbortSignal.abort() : new AbortController().signal
      const answer = callFunction(
        conversation,
        { name: 'send_mail', arguments: {}, context, signal },
        { phrases: { ...english, error: ({ message }) => `Told: ${message}` }, onQuestion: undefined },
      )
      await expect(answer).rejects.toBeInstanceOf(voice.StopResponse)
      await endpoint.until(() => endpoint.outputs.length === 1)
      expect(endpoint.outputs).toEqual([
        {
          error: {
            ...{ code: 'cancelled', effect: 'none' },
            message: 'Told: send_mail was cancelled. Nothing was done.',
          },
        },
      ])
      expect(conversation.calls).toEqual([])
    },
    10_000,
  )
})
