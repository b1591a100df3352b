/** The shapes shared by every part: outcomes, statuses, functions and events. Times are epoch milliseconds. */

import type { ChosenPrompt, ReadOptions, ReadOutcome, ReadRequest, ServerInstructions } from './reads.ts'

export type JsonObject = { [key: string]: unknown }

/** What a failed call did at the server: surely nothing, not known, or surely everything. */
export type Effect = 'none' | 'unknown' | 'done'

export const errorCodes = [
  'unknown_function',
  'invalid_arguments',
  'server_unavailable',
  'server_failed',
  'unauthorized',
  'overloaded',
  'loop_stopped',
  'confirmation_required',
  'declined',
  'cancelled',
  'timed_out',
  'connection_lost',
  'tool_error',
  'protocol_error',
  'invalid_result',
] as const

/** Why a call failed. @useDeclaredType */
export type ErrorCode = (typeof errorCodes)[number]

export interface CallError {
  code: ErrorCode
  effect: Effect
  /** One or two sentences that can be spoken: what happened, and whether anything was done. */
  message: string
  retryAfterMs?: number | undefined
  /** What the server or the operating system said, for developers. */
  cause?: string | undefined
  /** Of a model's call that ended `confirmation_required`: what `confirm_call` takes. Single use, for these arguments. */
  confirmation?: { code: string } | undefined
  /** Of one that ended `unauthorized`: where the user signs in. For a page or a message; nobody can say it. */
  signInUrl?: string | undefined
}

/** One try of a call at one server. `code` is absent while it runs. */
export interface Attempt {
  server: string
  generation: number
  code?: ErrorCode | 'ok'
}

/** One block of a tool's answer, exactly as the server sent it (MCP 2025-11-25, `ContentBlock`). */
export type ContentBlock = { type: string; [key: string]: unknown }

export type Outcome =
  | {
      ok: true
      callId: string
      server: string
      content: ContentBlock[]
      /** Any JSON value, `null` too, that fits the tool's output schema if it has one; absent where the server gave none. */
      structured?: unknown
      /** What a model reads: capped, and without control, bidirectional and tag characters. */
      text: string
      attempts: Attempt[]
      durationMs: number
    }
  | {
      ok: false
      callId: string
      server?: string
      error: CallError
      attempts: Attempt[]
      durationMs: number
    }

export const serverStates = [
  'connecting',
  'ready',
  'degraded',
  'reconnecting',
  'unauthorized',
  'failed',
  'closing',
  'closed',
] as const

/** @useDeclaredType */
export type ServerState = (typeof serverStates)[number]

export interface ServerStatus {
  name: string
  state: ServerState
  /** When it entered this state. */
  since: number
  /** Counts its connections; 0 before the first. */
  generation: number
  transport: 'stdio' | 'http'
  group?: string
  /** Names of the functions it offers, as the model sees them. */
  functions: string[]
  /** Whether it has ever listed its tools. */
  listed: boolean
  inFlight: number
  lastError?: string
  /** The last lines that its process wrote to stderr before `lastError`, up to 2,000 characters, cleaned and masked. */
  stderr?: string
  nextAttemptAt?: number
  /** Where its user signs in, while it is `unauthorized` and somebody knows. */
  signInUrl?: string
  pid?: number
  /** What it said of itself when it last connected. */
  peer?: Peer
  /** Round trip of the first ping on its present or last connection. */
  pingMs?: number
  /** Tools that were left out, with the reason. */
  rejected: RejectedTool[]
}

export const peerTransports = ['stdio', 'Streamable HTTP', 'HTTP+SSE'] as const

/** As MCP names them. */
export type PeerTransport = (typeof peerTransports)[number]

/** A server's words about itself, cleaned and capped. */
export interface Peer {
  name: string
  version: string
  protocolVersion: string
  /** What it was found to be reached by; recordings of before do not say. Nothing depends on it. */
  transport?: PeerTransport
  /** Their names only. */
  capabilities: string[]
}

export interface RejectedTool {
  name: string
  reason: string
}

/** A tool under the name that the model sees. The same object for all who ask: frozen, but for its schema. */
export interface FunctionInfo {
  readonly name: string
  /** For people, who see it beside the name: a stranger's words, up to 100 characters in one line. */
  readonly title?: string
  readonly description: string
  readonly inputSchema: JsonObject
  readonly servers: readonly string[]
  /** Whether a server that offers it would take a call now. */
  readonly callable: boolean
}

/** What else a function's servers say of it, under the word of the configuration (MCP 2025-11-25, "Tool"). */
export interface FunctionDetails {
  /** What each answer's `structured` fits; one that does not ends the call `invalid_result`. */
  outputSchema?: JsonObject
  /** `destructiveHint`: whether the caller has to say yes first. A hint is absent where nobody says anything. */
  annotations: Tool['annotations']
}

/** A tool as its server lists it; only what this project reads, cleaned. */
export interface Tool {
  name: string
  /** Its own, else that of its annotations. */
  title?: string | undefined
  description: string
  inputSchema: JsonObject
  /** Of a value of any type. */
  outputSchema?: JsonObject | undefined
  annotations: {
    readOnlyHint?: boolean | undefined
    idempotentHint?: boolean | undefined
    destructiveHint?: boolean | undefined
  }
  /** Of its whole definition as the server lists it: `sha256-` and Base64. */
  hash: string
}

/** From the least to the most severe (MCP 2025-11-25, "Logging"; RFC 5424). */
export const logLevels = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const

/** @useDeclaredType */
export type LogLevel = (typeof logLevels)[number]

/** What a server says to whoever runs it. */
export interface LogMessage {
  level: LogLevel
  /** The part of the server that says it. */
  logger?: string | undefined
  /** Cleaned and masked, up to 1,000 characters; what is no text is JSON. */
  text: string
  /** How many before it were left out, since there were too many at once. */
  dropped?: number | undefined
}

/** What has to be put to the caller: whether a function may be called, or what a server wants to know. */
export type DueQuestion =
  | { about: 'confirmation'; function: string; arguments: JsonObject }
  | { about: 'server'; function: string; server: string; message: string }

/** Calls that take long, when nobody has spoken for a while. */
export interface SilenceSituation {
  /** Functions that are being waited for. */
  functions: readonly string[]
  /** What the newest of their servers' progress messages says. */
  progress?: string | undefined
  /** How often this was told since they began. */
  saidBefore: number
}

export interface Progress {
  progress: number
  total?: number | undefined
  message?: string | undefined
}

/** What a server wants to know from the caller while it runs a call (MCP 2025-11-25, "Elicitation"). A stranger's words. */
export type Question = QuestionBase &
  (
    | {
        mode: 'form'
        /** Of an object whose fields are texts, numbers, yes or no, or lists of choices; nothing nested. */
        schema: JsonObject
      }
    | {
        mode: 'url'
        /** A page for the caller to visit; never opened or fetched here. `accept` says that the caller agrees. */
        url: string
      }
  )

/** @inline */
interface QuestionBase {
  id: string
  server: string
  function: string
  message: string
  /** Why the answer before was not passed on: it is asked again, twice at most. */
  problem?: string
  /**
   * Fires when nobody waits for an answer any more: the call or the conversation ended, the connection was lost, the server
   * took it back, `questionTimeoutMs` passed, or the third answer did not fit. Its `reason` is a `QuestionEnd`.
   */
  signal: AbortSignal
}

/** `content` must fit the question's schema, and has no other fields; one left out gets its default. For a page it is ignored. */
export type QuestionAnswer =
  | { action: 'accept'; content: JsonObject }
  | { action: 'decline' }
  | { action: 'cancel' }

export const questionEnds = ['accepted', 'declined', 'cancelled', 'timed_out', 'withdrawn'] as const

/** @useDeclaredType */
export type QuestionEnd = (typeof questionEnds)[number]

/** What is told of a question: neither its schema nor what was answered. @inline */
interface QuestionFacts {
  at: number
  questionId: string
  callId: string
  conversationId: string
  function: string
  server: string
  mode: Question['mode']
  message: string
}

export type SwitchboardEvent =
  | { type: 'server.changed'; at: number; server: ServerStatus; previous?: ServerState }
  | { type: 'functions.changed'; at: number; functions: FunctionInfo[] }
  /** A server lists another definition under the same name than before. */
  | { type: 'tool.changed'; at: number; server: string; tool: string; hash: string; previousHash: string }
  /** At most 20 a second of one server. A conversation hears of its own servers' alone. */
  | ({ type: 'server.logged'; at: number; server: string } & LogMessage)
  /** The watched file was read again. `warnings` as in `Switchboard.warnings`. */
  | { type: 'configuration.changed'; at: number; warnings: string[] }
  /** The watched file cannot be used: nothing has changed. */
  | { type: 'configuration.rejected'; at: number; reason: string }
  | {
      type: 'call.started'
      at: number
      callId: string
      conversationId: string
      function: string
      arguments: JsonObject
      /** The call that ran: an equal one of a model was in flight, and its outcome is that of this one too. */
      sharedWith?: string
    }
  | {
      type: 'call.sent'
      at: number
      callId: string
      conversationId: string
      function: string
      server: string
      generation: number
    }
  | ({ type: 'call.progress'; at: number; callId: string; conversationId: string } & Progress)
  | ({ type: 'question.asked' } & QuestionFacts)
  /** One for each `question.asked`. */
  | ({ type: 'question.ended'; how: QuestionEnd } & QuestionFacts)
  | {
      type: 'call.ended'
      at: number
      callId: string
      conversationId: string
      function: string
      outcome: Outcome
    }
  /** This question of a model's call has to be asked aloud now, for the first time or again; then `heard()` is told. */
  | ({ type: 'question.due'; at: number; conversationId: string; questionId: string } & DueQuestion)
  /** It need not be asked any more: it has its answer, or nobody wants one. */
  | { type: 'question.over'; at: number; conversationId: string; questionId: string }
  /** Nobody has spoken for a while, and these calls of a model are running. `saidBefore`: how often that was told of them. */
  | ({ type: 'silence.noticed'; at: number; conversationId: string } & SilenceSituation)

export interface CallOptions {
  /**
   * The model's response that asks for the call, if a model does: its calls are held against each other. Equal ones in flight
   * run once, one that keeps failing is stopped, and so are too many responses without a word from the caller.
   */
  response?: string
  /** Somebody has said yes already, in a way that no model can: no confirmation is asked for. Default: false. */
  confirmed?: boolean
  /** Cancels the call; once it was sent, the server is told. */
  signal?: AbortSignal
  /**
   * The call's whole time. Default: the tool's, its server's, or the policy's `callTimeoutMs`. Where it is 0 or less, it is over
   * before anything is sent: the call ends `server_unavailable`. What is no number ends it as `invalid_arguments`.
   */
  timeoutMs?: number
  /** Hears of the server's progress, which may extend the call's time. */
  onProgress?: (progress: Progress) => void
  /**
   * Asks the caller what a server wants to know; the call's deadline stands still meanwhile. One question at a time. Where it
   * throws, rejects, or gives what is no answer, the question is cancelled, with a process warning. Without it every question is
   * cancelled at once. A model is asked for itself (`answer_question`), but for a page that the caller has to visit.
   */
  onQuestion?: (question: Question) => Promise<QuestionAnswer>
}

/** One voice call. Ends with every function call accounted for. */
export interface Conversation {
  readonly id: string
  /** What can be offered to a model now, the fixed function `tool_status` included. */
  readonly functions: FunctionInfo[]
  /** What its servers say of themselves, where their options let them. */
  readonly instructions: ServerInstructions[]
  /** Those whose text belongs beside them. */
  readonly prompts: ChosenPrompt[]
  /** Never rejects: a call that failed resolves to an outcome with `ok: false`. */
  call(name: string, args: JsonObject, options?: CallOptions): Promise<Outcome>
  /**
   * Reads without side effects from one of its servers, or of the switchboard's; what cannot be read at once is not waited for.
   * Never rejects.
   */
  read(server: string, request: ReadRequest, options?: ReadOptions): Promise<ReadOutcome>
  /** The whole of a question that was due was played, or shown, to the caller. Only what is said after that answers it. */
  heard(questionId: string): void
  /** Nobody waits for what is only read: it is cancelled. Other calls finish. */
  interrupt(): void
  /**
   * Who speaks now; what is typed counts as spoken. The caller's beginning interrupts and begins a new turn; silence is told of
   * while a model's calls run; and an answer counts only if the caller spoke after the question was `heard()`.
   */
  speaking(who: 'caller' | 'agent', isSpeaking: boolean): void
  /** Cancels what runs, waits for every outcome, and closes the conversation's own servers. */
  end(): Promise<void>
  /** Events of this conversation's calls, functions and servers; returns the unsubscriber. */
  subscribe(listener: (event: SwitchboardEvent) => void): () => void
}
