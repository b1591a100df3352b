/** What the page and its server tell each other. Types alone, for both sides. Times are epoch milliseconds. */
import type {
  Attempt,
  Effect,
  ErrorCode,
  FunctionInfo,
  JsonObject,
  LogMessage,
  Outcome,
  ServerState,
  ServerStatus,
} from '../contract/protocol.ts'

/** What can be done to a server to see what happens. */
export type FaultAction = 'kill' | 'stop' | 'continue' | 'slow' | 'cut' | 'restart' | 'disable' | 'enable'

/** Of its `functions` and `rejected` the first few; the counts are of all. */
export interface ServerView extends ServerStatus {
  functionCount: number
  rejectedCount: number
  /** The conversation that it belongs to; absent where all share it. */
  conversationId?: string
  /** Each state that it entered, the newest last; the oldest are forgotten. */
  states: { at: number; state: ServerState | 'disabled' }[]
  /** What may be done to it now; empty where the page may not. */
  faults: FaultAction[]
  /** What was done to it and lasts. */
  isStopped: boolean
  isDisabled: boolean
  slowedByMs: number
  /** Answered calls, the newest last; the oldest are forgotten. */
  latencies: { at: number; ms: number }[]
  /** What it logged, the newest last; the oldest are forgotten. */
  logs: (LogMessage & { at: number })[]
  /** What was last wrong with it, also after it came back. */
  lastFailure?: { at: number; error: string; stderr?: string }
}

export type CallState = 'waiting' | 'running' | 'asking' | 'answered' | 'failed'

/** A call in a list; what it was given and answered is fetched when somebody looks (`CallDetails`). */
export interface CallView {
  callId: string
  conversationId: string
  function: string
  state: CallState
  startedAt: number
  /** When it first went out. */
  sentAt?: number
  endedAt?: number
  server?: string
  /** `at`: when it went out. */
  attempts: (Attempt & { at?: number })[]
  code?: ErrorCode | 'ok'
  effect?: Effect
  /** Their beginning, on one line. */
  argumentsText: string
  /** Of the answer's text or the error's message. */
  resultText?: string
  progress: { at: number; progress: number; total?: number | undefined; message?: string | undefined }[]
  sharedWith?: string
}

/** Masked and capped. */
export interface CallDetails {
  call: CallView
  arguments: JsonObject
  outcome?: Outcome
  events: { at: number; type: string; text: string }[]
}

/** A stretch in which somebody spoke, or a moment at which something was noticed. */
export interface ConversationMark {
  at: number
  kind: 'caller' | 'agent' | 'filler' | 'interruption' | 'question'
  /** Of who speaks; absent while it lasts. */
  endedAt?: number
  text?: string
}

export interface ConversationView {
  conversationId: string
  startedAt: number
  endedAt?: number
  /** The newest last; the oldest are forgotten. */
  marks: ConversationMark[]
}

export type MachineName = 'supervisor' | 'server' | 'call' | 'conversation'

/** A live machine. */
export interface ActorView {
  actorId: string
  machine: MachineName
  /** `mail`, `search_web`, `conversation 3`. */
  label: string
  parentId?: string
  callId?: string
  server?: string
  conversationId?: string
  /** Ids of the states that it is in, the outer ones first: `server.reconnecting`, `server.reconnecting.waiting`. */
  activeStates: string[]
  since: number
  /** Delays that run. `stateId`: of an `after`; absent where a delayed event is on its way. */
  timers: { id: string; event: string; stateId?: string; startedAt: number; dueAt: number }[]
  isDone: boolean
}

/** `GET /api/actors/ID`: as it is now. Masked and capped. */
export interface ActorDetails {
  context: unknown
}

/** One event, and what it led to. */
export interface StepView {
  /** Counts up by one within an actor. */
  number: number
  at: number
  event: string
  /** Of edges in the chart, in the order in which they were taken. */
  transitions: string[]
  activeStates: string[]
}

/** `GET /api/actors/ID/steps/NUMBER`: what is read of one step, when somebody looks. Masked and capped. */
export interface StepDetails {
  step: StepView
  event: unknown
  context: unknown
}

export interface FunctionView extends Omit<FunctionInfo, 'inputSchema'> {
  /** Shared by all, or offered in one conversation alone. */
  conversationId?: string
}

/** What the page is in front of. */
export interface PageFacts {
  version: string
  /** When the switchboard was first looked at. */
  startedAt: number
  canBreak: boolean
  /** Users' own servers are kept behind this page, under `/api/mcp/`. */
  hasRegistry: boolean
  /** Absent where no call can be placed from the page. */
  voice?: VoiceFacts
  warnings: string[]
}

export interface VoiceFacts {
  /** `loading`: it comes; `failed`: `problem` says why. */
  state: 'loading' | 'ready' | 'failed'
  problem?: string
  /** What one may talk to. `openai` only where its key is set. */
  models: ('rehearsal' | 'openai')[]
  /** Sentences that the rehearsal understands now. */
  sayable: string[]
  /** Where the agent goes instead of to this page. */
  room?: string
}

export interface Snapshot {
  at: number
  facts: PageFacts
  servers: ServerView[]
  functions: FunctionView[]
  conversations: ConversationView[]
  /** The newest last; the oldest are forgotten. */
  calls: CallView[]
  actors: ActorView[]
}

/** Whole things in their present state, each instead of the one with the same id. */
export interface Changes {
  facts?: PageFacts
  servers?: ServerView[]
  removedServers?: { name: string; conversationId?: string }[]
  functions?: FunctionView[]
  conversations?: ConversationView[]
  calls?: CallView[]
  actors?: ActorView[]
  removedActors?: string[]
  /** Of the actor that this page follows. `missed`: how many came before them that are not told. */
  steps?: { actorId: string; steps: StepView[]; missed: number }
}

/** Server → page, on `/live`, as JSON text. */
export type LiveMessage =
  /** At first, and again where the page was too slow for what came in between. */
  | { type: 'snapshot'; snapshot: Snapshot; isCatchUp: boolean }
  | { type: 'changes'; at: number; changes: Changes }

/** Page → server, on `/live`. `actorId`: whose steps are wanted, those of the last minutes first. */
export type LiveCommand = { type: 'follow'; actorId: string | null }

/** `POST /api/servers/NAME/fault` */
export interface FaultRequest {
  action: FaultAction
  conversationId?: string
  /** Of `slow`; 0 ends it. */
  delayMs?: number
}

/**
 * `GET /api/functions/NAME` and `GET /api/conversations/ID/functions/NAME` are answered with the whole `FunctionInfo`.
 * `POST /api/functions/NAME/call`, answered with the `Outcome`, masked and capped. `confirmed`: somebody has read the
 * question and said yes.
 */
export interface FunctionCallRequest {
  arguments: JsonObject
  confirmed?: boolean
  conversationId?: string
}

/** Of every request that failed. */
export interface ApiError {
  error: { message: string }
}

/**
 * Page → server on `/voice`. Binary: PCM16, mono, at `hello.sampleRate`, as the microphone gives it.
 * `playback.*`: what the loudspeaker did with a segment; `samples` of it were heard, at the rate of `hello`.
 */
export type VoiceCommand =
  | { type: 'hello'; sampleRate: number; model: 'rehearsal' | 'openai' }
  | { type: 'typed'; text: string }
  | { type: 'playback.started'; segment: number }
  | { type: 'playback.finished'; segment: number; samples: number; isInterrupted: boolean }
  | { type: 'hang up' }

/** Server → page on `/voice`. Binary: four bytes with the number of the segment (little-endian), then PCM16 at the rate of `hello`. */
export type VoiceMessage =
  | { type: 'connected'; conversationId: string }
  | { type: 'state'; state: 'listening' | 'thinking' | 'speaking' }
  /** Of the caller, nothing was understood where the text is empty. `id`: of what is said again, longer, until it is final. */
  | {
      type: 'words'
      who: 'caller' | 'agent'
      id: string
      /** When it began to be said. */
      at: number
      text: string
      isFinal: boolean
      isInterrupted?: boolean
    }
  | { type: 'caller'; isSpeaking: boolean }
  | { type: 'segment.end'; segment: number }
  | { type: 'clear' }
  | { type: 'problem'; message: string }
  /** `recording`: where it can be fetched from. */
  | { type: 'ended'; reason: string; recording?: string }
