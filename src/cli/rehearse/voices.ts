import { readFile } from 'node:fs/promises'
import type { RealtimeOptions } from '../../agent/model/realtime-model.ts'
import { hasCode, messageOf } from '../../contract/errors.ts'
import type { Turn } from '../../rehearsal/call/place-call.ts'
import { sampleRate } from '../../rehearsal/pcm.ts'
import { resample } from '../../rehearsal/speech/resample.ts'
import type { Speech } from '../../rehearsal/speech/speech.ts'
import { decodeWav } from '../../rehearsal/speech/wav.ts'
import { UsageError } from '../failure.ts'
import type { Request } from './options.ts'

export interface Voices {
  speech: Speech
  realtime: RealtimeOptions
  close: () => Promise<void>
}

/** The caller's mouth, and what the agent talks to: `elsewhere`, or a stand-in on this machine. */
export async function startVoices(elsewhere: RealtimeOptions | undefined, port: number): Promise<Voices> {
  const { startRehearsal, startSpeech } = await import('../../rehearsal/index.ts')
  if (elsewhere) {
    const speech = await startSpeech()
    return { speech, realtime: elsewhere, close: () => speech.close() }
  }
  const { speech, url, close } = await startRehearsal({ port })
  return { speech, realtime: { provider: 'rehearsal', baseURL: url }, close }
}

/** @throws UsageError for a recording that cannot be read */
export async function turnOf({ kind, value }: Request): Promise<Turn> {
  if (kind !== 'wav') return { kind, text: value }
  try {
    const recorded = decodeWav(await readFile(value))
    return { kind: 'audio', pcm: resample(recorded.pcm, recorded.sampleRate, sampleRate), label: value }
  } catch (error) {
    const isMissing = hasCode(error, 'ENOENT')
    const why = isMissing ? 'there is no such file' : messageOf(error)
    throw new UsageError(`--wav ${value}: ${why}; name a recording in WAV format`)
  }
}
