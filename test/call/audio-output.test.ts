import { initializeLogger, voice } from '@livekit/agents'
import { AudioFrame } from '@livekit/rtc-node'
import { beforeAll, describe, expect, test } from 'vitest'
import { CallerAudioOutput } from '../../src/rehearsal/call/audio-output.ts'
import { ManualClock } from './manual-clock.ts'

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }))

function loudspeaker() {
  const clock = new ManualClock()
  const played: { samples: number; atMs: number }[] = []
  const output = new CallerAudioOutput({
    clock,
    onPlayed: (pcm, atMs) => played.push({ samples: pcm.length, atMs }),
  })
  const log: string[] = []
  output.on(voice.AudioOutput.EVENT_PLAYBACK_STARTED, () => log.push('started'))
  output.on(voice.AudioOutput.EVENT_PLAYBACK_FINISHED, (event: voice.PlaybackFinishedEvent) =>
    log.push(`${event.interrupted ? 'interrupted' : 'finished'} at ${event.playbackPosition}`),
  )
  /** Sound arrives in pieces of 100 ms, all at once. */
  const capture = async (durationMs: number, value = 1): Promise<void> => {
    for (let at = 0; at < durationMs; at += 100) {
      await output.captureFrame(new AudioFrame(new Int16Array(2_400).fill(value), 24_000, 1, 2_400))
    }
  }
  return { clock, output, log, played, capture }
}

describe('a segment', () => {
  test('starts with its first frame and finishes when it has sounded', async () => {
    const { clock, output, log, capture } = loudspeaker()
    await capture(1_000)
    output.flush()
    expect(log).toEqual(['started'])
    clock.advance(999)
    expect(log).toEqual(['started'])
    clock.advance(1)
    expect(log).toEqual(['started', 'finished at 1'])
    await expect(output.waitForPlayout()).resolves.toEqual({ playbackPosition: 1, interrupted: false })
    expect(clock.waiting).toBe(0)
  })

  test('that is interrupted reports how much of it was heard, once', async () => {
    const { clock, output, log, played, capture } = loudspeaker()
    await capture(1_000)
    output.flush()
    clock.advance(340)
    output.clearBuffer()
    output.clearBuffer()
    clock.advance(5_000)
    expect(log).toEqual(['started', 'interrupted at 0.34'])
    expect(played).toEqual([{ samples: 8_160, atMs: 0 }])
    expect(clock.waiting).toBe(0)
  })

  test('that is interrupted before it was flushed has ended as well', async () => {
    const { clock, output, log, capture } = loudspeaker()
    await capture(1_000)
    clock.advance(200)
    output.clearBuffer()
    await capture(500)
    output.flush()
    clock.advance(500)
    expect(log).toEqual(['started', 'interrupted at 0.2', 'started', 'finished at 0.5'])
  })

  test('that arrives too slowly has a gap, and is as long as its sound', async () => {
    const { clock, output, log, played, capture } = loudspeaker()
    await capture(300)
    clock.advance(700)
    await capture(200)
    output.flush()
    clock.advance(200)
    expect(log).toEqual(['started', 'finished at 0.5'])
    const heard = played.filter(({ samples }) => samples > 0)
    expect(heard).toEqual([
      { samples: 7_200, atMs: 0 },
      { samples: 4_800, atMs: 700 },
    ])
  })

  test('waits for the one before it', async () => {
    const { clock, output, log, capture } = loudspeaker()
    await capture(300)
    output.flush()
    await capture(200)
    output.flush()
    clock.advance(300)
    expect(log).toEqual(['started', 'finished at 0.3', 'started'])
    clock.advance(100)
    output.clearBuffer()
    expect(log).toEqual(['started', 'finished at 0.3', 'started', 'interrupted at 0.1'])
  })

  test('that never sounded is finished too when all is cleared', async () => {
    const { clock, output, log, capture } = loudspeaker()
    await capture(300)
    output.flush()
    await capture(200)
    clock.advance(100)
    output.clearBuffer()
    expect(log).toEqual(['started', 'interrupted at 0.1', 'interrupted at 0'])
    await output.waitForPlayout()
  })
})

test('nobody waits for a loudspeaker that is closed', async () => {
  const { clock, output, capture } = loudspeaker()
  await capture(1_000)
  clock.advance(250)
  output.close()
  await expect(output.waitForPlayout()).resolves.toEqual({ playbackPosition: 0.25, interrupted: true })
  await capture(100)
  await expect(output.waitForPlayout()).resolves.toEqual({ playbackPosition: 0, interrupted: true })
  expect(clock.waiting).toBe(0)
})

test('a flush of nothing is nothing', () => {
  const { output, log } = loudspeaker()
  output.flush()
  output.clearBuffer()
  expect(log).toEqual([])
})
