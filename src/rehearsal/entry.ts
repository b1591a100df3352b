import { requirePackages } from '../packages.ts'

requirePackages('mcp-switchboard/rehearsal')

export const {
  decodeWav,
  decodeWavChannels,
  encodeWav,
  sayable,
  startRehearsal,
  startSpeech,
  utterances,
  voices,
} = await import('./index.ts')
