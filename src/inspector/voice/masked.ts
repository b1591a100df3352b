import type { VoiceMessage } from '../wire.ts'

/** Hides secrets in what is said. `isWhole`: not so, its end may be half a secret. */
export type VoiceMask = (text: string, isWhole: boolean) => string

/** What a stranger may have a hand in: words that repeat what a server answered, and what a model complains of. */
export function masked(message: VoiceMessage, mask: VoiceMask): VoiceMessage {
  switch (message.type) {
    case 'words':
      return { ...message, text: mask(message.text, message.isFinal && message.isInterrupted !== true) }
    case 'problem':
      return { ...message, message: mask(message.message, true) }
    case 'ended':
      return { ...message, reason: mask(message.reason, true) }
    default:
      return message
  }
}
