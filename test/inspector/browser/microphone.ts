import type { Pcm, Speech } from '../../../src/rehearsal/index.ts'
import { concatenate } from '../../../src/rehearsal/pcm.ts'

/** A caller's voice is not the agent's. */
const voice = 'rms'

/** What somebody says into a microphone, and how long they say nothing. */
export type Spoken = (string | { pauseMs: number })[]

/** From when the microphone is opened; there is silence after it. */
export async function spoken(speech: Speech, parts: Spoken): Promise<Pcm> {
  const sampleRate = 24_000
  const pieces = await Promise.all(
    parts.map(async (part) => {
      if (typeof part !== 'string') return new Int16Array(Math.round((part.pauseMs * sampleRate) / 1_000))
      const said = await speech.say(part, { voice })
      if (said.sampleRate !== sampleRate) throw new Error(`the mouth speaks at ${said.sampleRate} Hz`)
      return said.pcm
    }),
  )
  return { pcm: concatenate(pieces), sampleRate }
}
