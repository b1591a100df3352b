import { describe, expect, test } from 'vitest'
import { type CallSound, Recording } from '../../src/rehearsal/call/recording.ts'

const sound = (durationMs: number, value: number): Int16Array => new Int16Array(durationMs * 24).fill(value)

/** A recording as runs: who sounds, and for how many milliseconds. */
function runs({ caller, agent }: CallSound): string[] {
  const found: { who: string; samples: number }[] = []
  for (const [index, sample] of caller.entries()) {
    const who = `${sample}|${agent[index]}`
    const last = found.at(-1)
    if (last?.who === who) last.samples += 1
    else found.push({ who, samples: 1 })
  }
  return found.map(({ who, samples }) => `${who} for ${samples / 24} ms`)
}

describe('a recording', () => {
  test('has the caller left and the agent right, on one time line', () => {
    const recording = new Recording()
    recording.addCaller(sound(100, 1), 1_000)
    recording.addAgent(sound(200, 2), 1_500)
    recording.addCaller(sound(100, 3), 1_600)
    expect(runs(recording.render())).toEqual([
      '1|0 for 100 ms',
      '0|0 for 400 ms',
      '0|2 for 100 ms',
      '3|2 for 100 ms',
    ])
  })

  test('cuts long silence on both sides alike', () => {
    const recording = new Recording()
    recording.addCaller(sound(100, 1), 1_000)
    recording.addAgent(sound(100, 2), 9_000)
    recording.addCaller(sound(100, 3), 9_200)
    expect(runs(recording.render({ maxSilenceMs: 300 }))).toEqual([
      '1|0 for 100 ms',
      '0|0 for 300 ms',
      '0|2 for 100 ms',
      '0|0 for 100 ms',
      '3|0 for 100 ms',
    ])
  })

  test('lets one voice follow itself when a timer came too early', () => {
    const recording = new Recording()
    recording.addAgent(sound(100, 1), 0)
    recording.addAgent(sound(100, 2), 99.9)
    expect(runs(recording.render())).toEqual(['0|1 for 100 ms', '0|2 for 100 ms'])
  })

  test('of nothing is empty', () => {
    expect(new Recording().render()).toEqual({ caller: new Int16Array(0), agent: new Int16Array(0) })
  })
})
