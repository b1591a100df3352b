import type { Effect, ErrorCode, ServerState } from '../../contract/protocol.ts'
import type { CallState } from '../wire.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'plain'

/** `850 ms`, `3.2 s`, `4 min 05 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  if (ms < 0) return '0 ms'
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
  const seconds = Math.floor(ms / 1_000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** In whole seconds, so that it does not flicker: `7 s`, `4 min 05 s`, `2 h 10 min`. */
export function age(ms: number): string {
  return ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1_000))} s` : duration(ms)
}

/** `14:03:22`, by the clock of whoever reads. */
export function clockTime(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB')
}

export function toneOfServer(state: ServerState | 'disabled'): Tone {
  if (state === 'ready') return 'good'
  if (state === 'failed' || state === 'unauthorized') return 'bad'
  if (state === 'closing' || state === 'closed' || state === 'disabled') return 'plain'
  return 'warn'
}

export function toneOfCall(state: CallState): Tone {
  if (state === 'answered') return 'good'
  if (state === 'failed') return 'bad'
  if (state === 'waiting') return 'warn'
  return 'info'
}

/** What a caller may be told of it. */
export function wordsOfEffect(code: ErrorCode | 'ok', effect: Effect): string {
  if (code === 'ok') return 'answered by the server'
  if (effect === 'none') return 'nothing was done'
  if (effect === 'done') return 'it was done'
  return 'it is not known whether it was done'
}
