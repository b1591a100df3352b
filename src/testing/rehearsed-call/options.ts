import type { RealtimeOptions, VoiceAgent } from '../../agent/index.ts'
import type { Conversation, JsonObject } from '../../contract/protocol.ts'
import type { Phrases, Speech } from '../../rehearsal/index.ts'
import type { Switchboard } from '../../switchboard.ts'

/** `voice.Agent` of `@livekit/agents`. */
export type Agent = VoiceAgent['agent']

/** Makes the agent of one call. */
export type AgentMaker = (given: {
  conversation: Conversation
  switchboard: Switchboard
}) => Agent | Promise<Agent>

/** What the caller does in one turn, and what happens to the servers meanwhile. */
export type ScriptedTurn = (
  | {
      /** Said aloud. The recogniser knows the functions' names and the values in their schemas; typing has no such limit. */
      caller: string
    }
  | {
      /** Typed: it goes past the model's ears. */
      type: string
    }
) & {
  /** Before the caller begins. */
  before?: () => unknown
  /** When the first call of this turn has gone out to a server. A call without it fails the rehearsal: nothing would be proved. */
  during?: (sent: { function: string; server: string }) => unknown
}

export interface RehearseCallOptions {
  script: readonly ScriptedTurn[]
  /** Started if it is not; the caller's to stop. Nobody else should use it meanwhile: all its calls are taken for those of this one. */
  switchboard?: Switchboard
  /** Instead of a switchboard: one is made of them, and stopped. */
  mcpServers?: JsonObject
  /** The agent, or what makes it of a conversation. Default: that of `createVoiceAgent`, with `instructions`. */
  agent?: Agent | AgentMaker
  /** Instead of `agent`: a file whose default export is an `AgentMaker`, or that of `defineSwitchboardAgent`. */
  agentFile?: string
  instructions?: string
  /** The one that `agent` was made of; the caller's to end. Default: a new one. */
  conversation?: Conversation
  /** How long servers may take to start. Default: 5,000. */
  settleWithinMs?: number
  /** More sentences that the stand-in understands: `{ send_mail: ['tell {to} that I am late'] }`. */
  phrases?: Phrases
  /** Of `startSpeech()`, shared by several rehearsals; each would start its own otherwise, which takes a second. */
  speech?: Speech
  /** How much faster than real time sound flows; servers and time-outs are as fast as ever. Default: 4. */
  speed?: number
  /** Whether what the agent said is recognised in its sound, too. Default: true. */
  listen?: boolean
  /** Default: the stand-in on this machine. `{ provider: 'openai' }` costs money, and says something else each time. */
  model?: RealtimeOptions
  signal?: AbortSignal
}
