import type { VoiceMessage } from '../../wire.ts'

export type Words = Extract<VoiceMessage, { type: 'words' }>

const maxWords = 500

/** What was said, in the order in which it began; the oldest is forgotten. What is said again replaces what it was before. */
export function withWords(transcript: readonly Words[], words: Words): readonly Words[] {
  const known = transcript.findIndex(({ who, id }) => who === words.who && id === words.id)
  if (known !== -1) return transcript.with(known, words)
  const after = transcript.findLastIndex(({ at }) => at <= words.at)
  return transcript.toSpliced(after + 1, 0, words).slice(-maxWords)
}

/** What the agent wanted to say, and was never heard to say. */
export function withoutUnsaid(transcript: readonly Words[]): readonly Words[] {
  const isUnsaid = ({ who, isFinal }: Words) => who === 'agent' && !isFinal
  return transcript.some(isUnsaid) ? transcript.filter((words) => !isUnsaid(words)) : transcript
}
