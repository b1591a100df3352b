import type { JsonObject, Outcome } from '../../contract/protocol.ts'

/** A call that a switchboard made, and its outcome: what is true, whatever the agent says of it. */
export interface SwitchboardCall {
  function: string
  arguments: JsonObject
  /** Absent where it was still running when the caller hung up. */
  outcome?: Outcome
  startedAtMs: number
  endedAtMs?: number
}

/** A function that the model called, and what it was given: what the agent could know. */
export interface ModelCall {
  function: string
  arguments: JsonObject
  /** As the model read it; absent where it was given nothing. */
  output?: string
  /** The framework says that the function failed. Those of a switchboard never do: they answer `{ error }`. */
  isError: boolean
}

/** One utterance. */
export interface SaidByAgent {
  text: string
  /** The caller, or the program, spoke into it. */
  interrupted: boolean
  /** Whether the caller's ears recognised the sentence in the sound that was played. Absent with `listen: false`. */
  audible?: boolean
  /** Of the sound, where it was recognised. */
  startedAtMs?: number
  endedAtMs?: number
}

/** Times are milliseconds since the call began; sound passes `speed` times as fast in it as in a real call. */
export interface RehearsedTurn {
  /** What the caller said or typed. */
  caller: string
  isTyped: boolean
  /** What the model understood; empty if nothing. */
  heard: string
  calls: SwitchboardCall[]
  functions: ModelCall[]
  said: SaidByAgent[]
  /** Nothing came, or not all of it in time. */
  timedOut: boolean
  startedAtMs: number
  /** When the caller had finished. */
  finishedAtMs: number
  /** From then until the agent's first sound in this turn, which may be a filler. Absent where it stayed silent. */
  silenceMs?: number
  endedAtMs: number
}

/** What was said, called and answered in one call: what the assertions look at. */
export interface RehearsedCall {
  /** Said before the caller's first turn. */
  greeting: SaidByAgent[]
  turns: RehearsedTurn[]
  /** The model's complaints, which the call survived. */
  problems: string[]
  /** Both voices: PCM16, mono. `encodeWav([caller, agent], sampleRate)` of `mcp-switchboard/rehearsal` makes a file of them. */
  recording: { caller: Int16Array; agent: Int16Array; sampleRate: number }
}
