import { initializeLogger, llm, voice } from '@livekit/agents'
import * as openai from '@livekit/agents-plugin-openai'
import { AudioFrame } from '@livekit/rtc-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Rehearsal, startRehearsal } from '../../src/rehearsal/index.ts'
import { concatenate } from '../../src/rehearsal/pcm.ts'

initializeLogger({ pretty: false, level: 'silent' })

let rehearsal: Rehearsal
beforeAll(async () => {
  rehearsal = await startRehearsal()
})
afterAll(() => rehearsal.close())

class Microphone extends voice.AudioInput {
  #controller: ReadableStreamDefaultController<AudioFrame> | undefined

  constructor() {
    super()
    this.multiStream.addInputStream(
      new ReadableStream<AudioFrame>({
        start: (controller) => {
          this.#controller = controller
        },
      }),
    )
  }

  push(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length; at += 2400) {
      const own = pcm.slice(at, at + 2400)
      this.#controller?.enqueue(new AudioFrame(own, 24_000, 1, own.length))
    }
  }

  override async close(): Promise<void> {
    this.#controller?.close()
    await super.close()
  }
}

class Loudspeaker extends voice.AudioOutput {
  readonly heard: Int16Array[] = []
  #samples = 0

  constructor() {
    super(24_000, undefined, { pause: false })
  }

  override async captureFrame(frame: AudioFrame): Promise<void> {
    await super.captureFrame(frame)
    if (this.#samples === 0) this.onPlaybackStarted(Date.now())
    this.#samples += frame.samplesPerChannel
    this.heard.push(frame.data.slice())
  }

  override flush(): void {
    super.flush()
    if (this.#samples === 0) return
    const playbackPosition = this.#samples / 24_000
    this.#samples = 0
    this.onPlaybackFinished({ playbackPosition, interrupted: false })
  }

  clearBuffer(): void {
    this.flush()
  }
}

test('the unchanged OpenAI plugin of LiveKit Agents: a spoken sentence, the tool, the spoken answer', async () => {
  const executed: unknown[] = []
  const search = llm.tool({
    name: 'search_web',
    description: 'Searches the web.',
    parameters: {
      type: 'object',
      properties: { query: { type: 'string', examples: ['state machines', 'pizza'] } },
      required: ['query'],
      additionalProperties: false,
    },
    execute: async (args) => {
      executed.push(args)
      return { result: 'I found three pages about state machines.' }
    },
  })
  const agent = new voice.Agent({ instructions: 'Be brief.', tools: [search] })
  const model = new openai.realtime.RealtimeModel({
    baseURL: rehearsal.url,
    apiKey: 'none',
    model: rehearsal.model,
  })
  const session = new voice.AgentSession({
    llm: model,
    vad: null,
    aecWarmupDuration: null,
    turnHandling: { turnDetection: 'realtime_llm', interruption: { resumeFalseInterruption: false } },
  })
  const microphone = new Microphone()
  const loudspeaker = new Loudspeaker()
  session.input.audio = microphone
  session.output.audio = loudspeaker
  const answered = new Promise<string>((resolve) => {
    session.on(voice.AgentSessionEventTypes.ConversationItemAdded, ({ item }) => {
      if (item instanceof llm.ChatMessage && item.role === 'assistant') resolve(item.textContent ?? '')
    })
  })
  await session.start({ agent })
  const realtime = agent.getActivityOrThrow().realtimeLLMSession
  const { pcm } = await rehearsal.speech.say('search the web for state machines', { voice: 'rms' })
  microphone.push(concatenate([new Int16Array(16_800), pcm, new Int16Array(16_800)]))

  expect(await answered).toBe('I found three pages about state machines.')
  expect(executed).toEqual([{ query: 'state machines' }])
  const heard = await rehearsal.speech.recognize(concatenate(loudspeaker.heard), 24_000, [
    'I found three pages about state machines.',
    'I found three pages about pizza.',
    'I found no pages about state machines.',
  ])
  expect(heard).toMatchObject({ accepted: true, sentence: 'I found three pages about state machines.' })

  await microphone.close()
  await session.close()
  // The plugin's send loop sees the end of its session only when it wakes.
  if (!(realtime instanceof openai.realtime.RealtimeSession))
    throw new Error('This is not the plugin under test.')
  realtime.sendEvent({ type: 'input_audio_buffer.clear' })
})
