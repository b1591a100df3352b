import type { Model } from '../common-options.ts'

/** One thing that the caller does: says a text, plays a recording, or types. */
export interface Request {
  kind: 'say' | 'wav' | 'type'
  value: string
}

/** A server to kill when a call of a turn (from 1) goes out to it. */
export interface Strike {
  server: string
  turn: number
}

export interface RehearseOptions {
  /** Empty: the call of `script.ts`, or to one's own agent or servers what `sentences.ts` finds. */
  requests: Request[]
  strikes: Strike[]
  configFile: string | undefined
  /** One's own, in place of ours. */
  agentFile: string | undefined
  /** Reads `configFile` again when it changes. */
  watch: boolean
  /** The recording; the outbox and the drafts are folders beside it. */
  out: string
  /** A file for `switchboard replay`. */
  recordTo: string | undefined
  model: Model
  speed: number
  port: number
  json: boolean
}
