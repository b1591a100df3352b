import type { PlayedUtterance } from '../../rehearsal/call/played-utterances.ts'
import type { Speech } from '../../rehearsal/index.ts'
import { sampleRate } from '../../rehearsal/pcm.ts'
import type { SaidByAgent } from './result.ts'

/**
 * Recognises what was said in the sound that was played, and notes it. The recogniser takes the nearest of the sentences that it
 * is given: those of the call, and the contrary of each.
 */
export async function listen(
  speech: Speech,
  sounds: readonly PlayedUtterance[],
  said: readonly SaidByAgent[],
): Promise<void> {
  for (const one of said) one.audible = false
  const texts = [...new Set(said.map(({ text }) => text))].filter((text) => /[a-z\d]/i.test(text))
  if (texts.length === 0) return
  const sentences = [...texts, ...texts.map(contraryOf)]
  for (const { pcm, startedAtMs, endedAtMs } of sounds) {
    const { sentence } = await speech.recognize(pcm, sampleRate, sentences)
    const found = said.find(({ text, audible }) => text === sentence && !audible)
    if (found) Object.assign(found, { audible: true, startedAtMs, endedAtMs })
  }
}

/** One word away, and another meaning. */
function contraryOf(text: string): string {
  const without = text.replace(/\b(?:not|never) /i, '')
  if (without !== text) return without
  const negated = text.replace(
    /\b(is|are|was|were|has|have|can|could|will|would|do|does|did|am)\b/i,
    '$1 not',
  )
  return negated === text ? `not ${text}` : negated
}
