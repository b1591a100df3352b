import { once } from 'node:events'
import { type llm, voice } from '@livekit/agents'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEndpoint, startCall } from './call.ts'
import { TestConversation } from './conversation.ts'
import type { RealtimeEndpoint } from './realtime-endpoint.ts'

class NoInput extends voice.AudioInput {}

/** Plays until it is told to stop. */
class Loudspeaker extends voice.AudioOutput {
  #isPlaying = false
  frames = 0

  override async captureFrame(frame: Parameters<voice.AudioOutput['captureFrame']>[0]): Promise<void> {
    await super.captureFrame(frame)
    this.frames += 1
    if (!this.#isPlaying) this.onPlaybackStarted(Date.now())
    this.#isPlaying = true
  }

  override clearBuffer(): void {
    if (this.#isPlaying) this.onPlaybackFinished({ playbackPosition: 0.1, interrupted: true })
    this.#isPlaying = false
  }
}

let endpoint: RealtimeEndpoint
let loudspeaker: Loudspeaker
let model: llm.RealtimeSession | undefined
/** What nobody caught: outside a test it ends the process. */
const uncaught: unknown[] = []
const onUncaught = (reason: unknown) => uncaught.push(reason)

beforeEach(async () => {
  uncaught.length = 0
  process.on('unhandledRejection', onUncaught)
  endpoint = await openEndpoint()
  loudspeaker = new Loudspeaker(24_000)
  const audio = { input: new NoInput(), output: loudspeaker }
  const { session, toolset } = await startCall(new TestConversation([]), endpoint.url, { audio })
  model = session.currentAgent.getActivityOrThrow().realtimeLLMSession
  await toolset.whenConfirmed()
})
afterEach(() => void process.off('unhandledRejection', onUncaught))

const response = { id: 'response_1', object: 'realtime.response', metadata: null, output: [] }
const at = { response_id: 'response_1', output_index: 0 }
const item = { id: 'item_1', type: 'message', role: 'assistant', content: [] }
const sound = {
  ...{ ...at, type: 'response.output_audio.delta', item_id: 'item_1', content_index: 0 },
  delta: Buffer.alloc(24 * 200).toString('base64'),
}

function speak(): void {
  endpoint.send({ type: 'response.created', response: { ...response, status: 'in_progress' } })
  endpoint.send({ type: 'response.output_item.added', ...at, item })
  endpoint.send({ type: 'conversation.item.added', previous_item_id: null, item })
  endpoint.send(sound)
}

/** The model's events up to this one have been taken. */
async function taken(): Promise<void> {
  if (!model) throw new Error('there is no session with the model')
  const marked = once(model, 'openai_server_event_received')
  endpoint.send({ type: 'rate_limits.updated', rate_limits: [] })
  await marked
  await new Promise((resolve) => setImmediate(resolve))
}

test('sound that comes after the caller has interrupted is dropped, and harms nobody', async () => {
  const started = once(loudspeaker, voice.AudioOutput.EVENT_PLAYBACK_STARTED)
  speak()
  await started
  const finished = once(loudspeaker, voice.AudioOutput.EVENT_PLAYBACK_FINISHED)
  endpoint.send({ type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: 'item_x' })
  await finished
  const played = loudspeaker.frames
  for (let n = 0; n < 3; n++) endpoint.send(sound)
  await taken()
  expect(uncaught).toEqual([])
  expect(loudspeaker.frames).toBe(played)

  endpoint.send({ type: 'response.output_item.done', ...at, item })
  endpoint.send({ type: 'response.done', response: { ...response, status: 'cancelled' } })
  endpoint.respond({ transcript: 'Here I am.', audioMs: 100 })
  await once(loudspeaker, voice.AudioOutput.EVENT_PLAYBACK_STARTED)
})
