import type { GrammarText, ListenerEvent, ListenerOptions } from './listener.ts'
import type { Hypothesis } from './recognizer.ts'
import type { Voice } from './voices.ts'

/** What the main thread and its worker threads say to each other. Sound is transferred, not copied. */

export interface WorkerRole {
  role: 'ears' | 'mouth'
}

/** Commands for the ears of one call are carried out in the order in which they were sent. */
export type EarsCommand =
  | { op: 'open'; call: number; options: ListenerOptions }
  | { op: 'configure'; call: number; options: ListenerOptions }
  | { op: 'grammar'; call: number; grammar: GrammarText }
  | { op: 'feed'; call: number; pcm: Int16Array }
  | { op: 'commit'; call: number }
  | { op: 'clear'; call: number }
  | { op: 'close'; call: number }

export type OneShot =
  | { op: 'say'; text: string; voice: Voice }
  | { op: 'recognize'; pcm: Int16Array; sampleRate: number; grammar: Omit<GrammarText, 'id'> }

export type Command = (EarsCommand | OneShot) & { id: number }

export type Result = { pcm: Int16Array } | { hypothesis: Hypothesis } | { done: true }

export type Message =
  | { type: 'ready' }
  | { type: 'event'; call: number; event: ListenerEvent }
  | { type: 'result'; id: number; result: Result }
  | { type: 'refused'; id: number; message: string }
