import { initializeLogger } from '@livekit/agents'
import { AudioFrame } from '@livekit/rtc-node'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { Loudspeaker } from '../../src/inspector/voice/loudspeaker.ts'
import type { VoiceMessage } from '../../src/inspector/wire.ts'

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }))
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A loudspeaker of a page whose sound has 48 kHz, and what the page gets. */
function open() {
  const messages: (VoiceMessage | { segment: number; samples: number })[] = []
  const heard: number[] = []
  const loudspeaker = new Loudspeaker({
    line: {
      tell: (message) => void messages.push(message),
      sendSound: (segment, pcm) => void messages.push({ segment, samples: pcm.length }),
      roomForSound: () => Promise.resolve(),
    },
    sampleRate: 48_000,
    onHeard: (pcm) => void heard.push(pcm.length),
  })
  const say = async (durationMs: number) => {
    const samples = durationMs * 24
    await loudspeaker.captureFrame(new AudioFrame(new Int16Array(samples).fill(9), 24_000, 1, samples))
  }
  return { loudspeaker, messages, heard, say }
}

test('a segment is sent whole at the rate of the page, and is over when the page says so', async () => {
  const { loudspeaker, messages, heard, say } = open()
  await say(100)
  await say(100)
  loudspeaker.flush()
  const over = loudspeaker.waitForPlayout()
  loudspeaker.played({ type: 'playback.started', segment: 1 })
  loudspeaker.played({ type: 'playback.finished', segment: 1, samples: 9_600, isInterrupted: false })
  expect(await over).toEqual({ playbackPosition: 0.2, interrupted: false })
  const samples = messages.map((message) => ('samples' in message ? message.samples : 0))
  expect(samples.reduce((sum, count) => sum + count)).toBe(9_600)
  expect(messages.at(-1)).toEqual({ type: 'segment.end', segment: 1 })
  expect(heard).toEqual([4_800])
})

test('an interruption is told once, and counts for as far as the page came', async () => {
  const { loudspeaker, messages, heard, say } = open()
  await say(1_000)
  loudspeaker.played({ type: 'playback.started', segment: 1 })
  loudspeaker.clearBuffer()
  loudspeaker.clearBuffer()
  loudspeaker.played({ type: 'playback.finished', segment: 1, samples: 4_800, isInterrupted: true })
  expect(await loudspeaker.waitForPlayout()).toEqual({ playbackPosition: 0.1, interrupted: true })
  expect(messages.filter((message) => 'type' in message)).toEqual([{ type: 'clear' }])
  expect(heard).toEqual([2_400])
})

test('of a page that says nothing, 400 ms after an interruption is estimated how far it came', async () => {
  const { loudspeaker, say } = open()
  await say(10_000)
  loudspeaker.played({ type: 'playback.started', segment: 1 })
  vi.advanceTimersByTime(600)
  loudspeaker.clearBuffer()
  const over = loudspeaker.waitForPlayout()
  vi.advanceTimersByTime(400)
  expect(await over).toEqual({ playbackPosition: 1, interrupted: true })
  loudspeaker.played({ type: 'playback.finished', segment: 1, samples: 48_000, isInterrupted: true })
})

test('of a page that says nothing, a segment is over three seconds after it could be', async () => {
  const { loudspeaker, say } = open()
  await say(1_000)
  loudspeaker.flush()
  await say(1_000)
  loudspeaker.flush()
  const over = loudspeaker.waitForPlayout()
  loudspeaker.played({ type: 'playback.started', segment: 1 })
  vi.advanceTimersByTime(4_000)
  expect(loudspeaker.pendingPlayoutSegments).toBe(1)
  vi.advanceTimersByTime(4_000)
  // It was never begun.
  expect(await over).toEqual({ playbackPosition: 0, interrupted: true })
})

test('what a page says of segments that it should not have ended, or that are none, changes nothing', async () => {
  const { loudspeaker, say } = open()
  await say(1_000)
  loudspeaker.played({ type: 'playback.finished', segment: 1, samples: 1, isInterrupted: true })
  loudspeaker.played({ type: 'playback.finished', segment: 7, samples: 1, isInterrupted: false })
  loudspeaker.played({ type: 'playback.started', segment: 7 })
  expect(loudspeaker.pendingPlayoutSegments).toBe(1)
  loudspeaker.flush()
  loudspeaker.played({ type: 'playback.finished', segment: 1, samples: 10_000_000, isInterrupted: false })
  expect(await loudspeaker.waitForPlayout()).toEqual({ playbackPosition: 1, interrupted: false })
})

test('when it is closed, everything is over, also what comes later', async () => {
  const { loudspeaker, say } = open()
  await say(1_000)
  loudspeaker.flush()
  await say(1_000)
  loudspeaker.played({ type: 'playback.started', segment: 1 })
  vi.advanceTimersByTime(500)
  loudspeaker.close()
  expect(await loudspeaker.waitForPlayout()).toEqual({ playbackPosition: 0, interrupted: true })
  await say(1_000)
  expect(loudspeaker.pendingPlayoutSegments).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
})
