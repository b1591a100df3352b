/** What can be observed of a rehearsal, for a page or a log. */
export type RehearsalEvent = { connectionId: number; at: number } & RehearsalFact

/** @inline */
export type RehearsalFact =
  | { type: 'connected' }
  | { type: 'closed' }
  /** What can be said now, and which functions cannot, with the reason. */
  | { type: 'tools'; sayable: string[]; leftOut: { name: string; reason: string }[] }
  | { type: 'speech.started'; atMs: number }
  | { type: 'speech.stopped'; atMs: number }
  | {
      type: 'heard'
      source: 'voice' | 'typed'
      /** Empty if it was not understood. */
      transcript: string
      /** The nearest sentence that the recogniser knows; what was typed, if it was typed. */
      guess: string
      /** Per 10 ms frame; taken as heard from −29.5. 0 if it was typed. */
      score: number
      /** The function that is called. */
      function?: string
      /** What was not heard of its arguments. */
      unheard?: string[]
    }
  | { type: 'called'; callId: string; function: string; arguments: Record<string, unknown> }
  /** The output of a call has arrived. */
  | { type: 'answered'; callId: string; output: string }
  | { type: 'said'; text: string; interrupted: boolean }
