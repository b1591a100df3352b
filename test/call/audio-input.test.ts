import { initializeLogger } from '@livekit/agents'
import { beforeAll, expect, test } from 'vitest'
import { CallerAudioInput } from '../../src/rehearsal/call/audio-input.ts'
import { ManualClock } from './manual-clock.ts'

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }))

const frameSamples = 1_200

function microphone() {
  const clock = new ManualClock()
  const heard: { samples: number; atMs: number }[] = []
  const input = new CallerAudioInput({
    clock,
    onSpeech: (pcm, atMs) => heard.push({ samples: pcm.length, atMs }),
  })
  const reader = input.stream.getReader()
  const next = async (): Promise<Int16Array> => {
    const { value } = await reader.read()
    if (value === undefined) throw new Error('the microphone is closed')
    return value.data
  }
  return { clock, input, heard, next }
}

test('gives silence until something is said, and after it', async () => {
  const { clock, input, heard, next } = microphone()
  input.open()
  clock.advance(50)
  const spoken = input.speak(new Int16Array(frameSamples + 240).fill(7))
  clock.advance(150)
  await spoken
  const frames = [await next(), await next(), await next(), await next()]
  expect(frames.map((frame) => frame.filter((sample) => sample === 7).length)).toEqual([
    0,
    frameSamples,
    240,
    0,
  ])
  expect(frames.every((frame) => frame.length === frameSamples)).toBe(true)
  expect(heard).toEqual([
    { samples: frameSamples, atMs: 50 },
    { samples: 240, atMs: 100 },
  ])
  await input.close()
})

test('each frame owns its whole buffer', async () => {
  const { clock, input, next } = microphone()
  input.open()
  void input.speak(new Int16Array(2 * frameSamples).fill(7).subarray(100))
  clock.advance(100)
  const [first, second] = [await next(), await next()]
  expect([first.byteOffset, first.buffer.byteLength]).toEqual([0, 2 * frameSamples])
  expect(second.buffer).not.toBe(first.buffer)
  await input.close()
})

test('catches up after the machine stood still, so that the stream keeps the time', async () => {
  const { clock, input, next } = microphone()
  input.open()
  clock.stall(10 * 50)
  void input.speak(new Int16Array(frameSamples).fill(7))
  clock.advance(50)
  const frames: Int16Array[] = []
  while (frames.at(-1)?.[0] !== 7) frames.push(await next())
  expect(frames).toHaveLength(11)
  await input.close()
})

test('closing frees whoever is speaking, and leaves no timer', async () => {
  const { clock, input } = microphone()
  input.open()
  const spoken = input.speak(new Int16Array(frameSamples))
  await input.close()
  await spoken
  await input.speak(new Int16Array(frameSamples))
  expect(clock.waiting).toBe(0)
})
