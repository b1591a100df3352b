import { expect, onTestFinished, test } from 'vitest'
import { CallRecording } from '../../src/inspector/voice/call-recording.ts'
import { decodeWavChannels } from '../../src/rehearsal/index.ts'
import { bytesOf } from '../support/bytes-of.ts'

const sampleRate = 24_000
const second = new Int16Array(sampleRate).map((_, index) => index + 1)

/** How often the event loop has come round. */
function countTurns(): () => number {
  let turns = 0
  let timer: NodeJS.Immediate
  const turn = () => {
    turns += 1
    timer = setImmediate(turn)
  }
  turn()
  onTestFinished(() => clearImmediate(timer))
  return () => turns
}

test('half an hour is rendered piece by piece, and between two of them everything else has its turn', async () => {
  const recording = new CallRecording()
  for (let seconds = 0; seconds < 1_800; seconds++) recording.addCaller(second)
  const { size, chunks } = recording.wav()
  const turns = countTurns()
  const seen: { bytes: number; hadTurn: boolean }[] = []
  let turnsBefore = -1
  for await (const { byteLength } of chunks) {
    seen.push({ bytes: byteLength, hadTurn: turns() > turnsBefore })
    turnsBefore = turns()
  }
  expect(seen).toEqual([44, ...Array(1_800).fill(96_000)].map((bytes) => ({ bytes, hadTurn: true })))
  expect(size).toBe(44 + 1_800 * 96_000)
})

test('the pieces are one WAV, whatever they cut, of what was said until it was asked for', async () => {
  const recording = new CallRecording()
  const part = (from: number, to: number) => second.subarray(from * 1_000, to * 1_000)
  for (const [from, to] of [
    [0, 7],
    [7, 20],
    [20, 24],
  ] as const)
    recording.addCaller(part(from, to))
  recording.agentBegins()
  recording.addAgent(part(3, 24))
  recording.addCaller(second)
  recording.addCaller(second)
  const { size, chunks } = recording.wav()
  recording.addCaller(second)
  const wav = await bytesOf(chunks)
  expect(wav.byteLength).toBe(size)
  const { channels } = decodeWavChannels(wav)
  const agent = new Int16Array(3 * sampleRate)
  agent.set(part(3, 24), sampleRate)
  expect(channels).toEqual([Int16Array.from([...second, ...second, ...second]), agent])
})

test('of nothing it is a WAV without sound', async () => {
  const { size, chunks } = new CallRecording().wav()
  expect(size).toBe(44)
  expect(decodeWavChannels(await bytesOf(chunks)).channels).toEqual([new Int16Array(0), new Int16Array(0)])
})
