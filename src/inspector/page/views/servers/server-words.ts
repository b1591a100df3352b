import type { ServerView } from '../../../wire.ts'
import { type Tone, toneOfServer } from '../../words.ts'

export function stateOf({ state, isDisabled, conversationId }: ServerView): { word: string; tone: Tone } {
  // Of a server that one conversation alone has, its entry elsewhere stays enabled.
  const disabled = conversationId === undefined ? 'disabled' : 'disabled for this call'
  return isDisabled ? { word: disabled, tone: 'plain' } : { word: state, tone: toneOfServer(state) }
}

/** What is going on, where it is not simply ready: `next attempt in 1.3 s`. */
export function wordsOfProgress(server: ServerView, now: number): string | undefined {
  const { state, nextAttemptAt, isStopped, isDisabled, slowedByMs, conversationId } = server
  if (isDisabled)
    return conversationId === undefined ? 'taken out of the configuration' : 'taken out of this call'
  if (state === 'reconnecting' && nextAttemptAt !== undefined) {
    const leftMs = nextAttemptAt - now
    return leftMs > 0 ? `next attempt in ${(leftMs / 1_000).toFixed(1)} s` : 'connecting any moment'
  }
  if (state === 'reconnecting' || state === 'connecting') return 'connecting now'
  if (isStopped) return 'its process is stopped'
  return slowedByMs > 0 ? `slowed down by ${slowedByMs} ms each way` : undefined
}

/** How soon what is said of it is another. */
export function wordsHoldMs({ state, nextAttemptAt }: ServerView): number {
  return state === 'reconnecting' && nextAttemptAt !== undefined ? 100 : 1_000
}

/** Nearest rank: `share` of all are not above it. Nothing of none. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}
