import type { CallView } from '../../../wire.ts'
import { duration, wordsOfEffect } from '../../words.ts'

/** `asking the caller`, `connection_lost`, `answered`. */
export function stateWords({ state, code }: CallView): string {
  if (state === 'asking') return 'asking the caller'
  return state === 'failed' && code ? code : state
}

/** What a failed call did, in words; nothing of others. */
export function effectWords({ state, code, effect }: CallView): string | undefined {
  return state === 'failed' && code && effect ? wordsOfEffect(code, effect) : undefined
}

/** Until now, or until it ended. */
export function callDuration({ startedAt, endedAt }: CallView, now: number): string {
  return duration((endedAt ?? now) - startedAt)
}

export interface CallLabels {
  /** Words behind a call's name, the longest first. */
  variants: string[]
  /** The one of them that should be there. */
  wanted: string
}

export function labels(call: CallView, now: number): CallLabels {
  const { state, server, attempts } = call
  const at = [...(attempts.length > 1 ? [`${attempts.length} attempts`] : []), ...(server ? [server] : [])]
  if (state === 'answered' || state === 'running') {
    const took = callDuration(call, now)
    return { variants: [[took, ...at].join(' · '), took], wanted: took }
  }
  const code = stateWords(call)
  const effect = effectWords(call)
  if (effect === undefined) return { variants: [code], wanted: code }
  const wanted = `${code} · ${call.effect === 'unknown' ? 'effect unknown' : effect}`
  return { variants: [[code, effect, ...at].join(' · '), `${code} · ${effect}`, wanted, code], wanted }
}
