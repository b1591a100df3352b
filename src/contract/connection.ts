/**
 * The contract between a server actor and its connection, one actor a generation. Nothing here knows an SDK, so that a
 * connection on another one can stand beside the first.
 */
import type { ServerDefinition } from '../config/definition.ts'
import type {
  CallError,
  ContentBlock,
  JsonObject,
  LogMessage,
  Peer,
  Progress,
  QuestionAnswer,
  RejectedTool,
  Tool,
} from './protocol.ts'
import type { ReadEnd, ReadRequest } from './reads.ts'

export interface ConnectionInput {
  definition: ServerDefinition
  generation: number
  closeGraceMs: number
  /** For a page of tools after `list_changed`; the first listing is part of connecting. */
  listTimeoutMs: number
  /** Called with `connection.closed`, whose receiver may be gone by then. */
  onClosed: () => void
}

export type ConnectionCommand =
  | { type: 'call'; callId: string; tool: Tool; arguments: JsonObject }
  /** After `silent` a late answer is still reported. */
  | { type: 'cancel'; callId: string; reason: 'cancelled' | 'timed_out' | 'silent' }
  /** To a question; one that is not open any more is passed over. */
  | { type: 'answer'; questionId: string; reply: QuestionReply }
  /** Reads without side effects. `timeoutMs`: for all pages together. */
  | { type: 'read'; readId: string; request: ReadRequest; timeoutMs: number }
  | { type: 'read.cancel'; readId: string }
  | { type: 'check'; timeoutMs: number }
  /** Polite first, then by force; ends with `connection.closed`. */
  | { type: 'close' }

/** A tool's answer, or why there is none. `retryable`: the request surely never reached a tool, another try may. */
export type CallEnd =
  | { ok: true; content: ContentBlock[]; structured?: unknown }
  | { ok: false; error: CallError; retryable: boolean }

export interface EndedCall {
  callId: string
  end: CallEnd
}

/** What a server asks, read and cleaned. */
export type AskedQuestion =
  | { mode: 'form'; message: string; schema: JsonObject }
  | { mode: 'url'; message: string; url: string }

/** The only values that a form can hold. */
export type FormContent = { [field: string]: string | number | boolean | string[] }

/** `content` is there for a form alone. */
export type QuestionReply =
  | { action: 'accept'; content?: FormContent }
  | { action: Exclude<QuestionAnswer['action'], 'accept'> }

export type ConnectionEvent =
  /** Only after a real answer. `instructions`: see `ServerInstructions`. */
  | {
      type: 'connection.connected'
      generation: number
      pid?: number
      peer?: Peer
      instructions?: string
    }
  /** All pages; `rejected` are those that are malformed. */
  | { type: 'connection.tools'; generation: number; tools: Tool[]; rejected: RejectedTool[] }
  /** Just before the first byte of the request is written. */
  | { type: 'connection.call.sent'; generation: number; callId: string }
  | { type: 'connection.call.progress'; generation: number; callId: string; progress: Progress }
  /** Exactly one for each `call`. */
  | ({ type: 'connection.call.ended'; generation: number } & EndedCall)
  /** Exactly one for each `read`, unless the connection is lost, refused, or told to close before. */
  | { type: 'connection.read.ended'; generation: number; readId: string; end: ReadEnd }
  /** It waits for one `answer`. `callId`: where the wire tells surely to which call it belongs, be that one over or not. */
  | {
      type: 'connection.question'
      generation: number
      questionId: string
      callId?: string
      question: AskedQuestion
    }
  /** The server does not want to know any more. */
  | { type: 'connection.question.withdrawn'; generation: number; questionId: string }
  | ({ type: 'connection.logged'; generation: number } & LogMessage)
  /** An answer to a call that had been cancelled because the server was silent. */
  | { type: 'connection.call.late'; generation: number }
  /** `latencyMs`: of a ping that was answered. */
  | { type: 'connection.checked'; generation: number; ok: boolean; lastByteAt: number; latencyMs?: number }
  /** The first byte after a check that failed. */
  | { type: 'connection.heard'; generation: number; at: number }
  /** Something looks wrong: worth a check. */
  | { type: 'connection.suspect'; generation: number; reason: string }
  /** Output that is no message: an answer may have been lost in it. */
  | { type: 'connection.garbled'; generation: number; reason: string }
  /** The stream of server events is gone and will not come back on this connection. */
  | { type: 'connection.stream.lost'; generation: number; reason: string }
  /** `ends` has one for each call that was in flight: a caller hears of it after the state changed. */
  | {
      type: 'connection.lost'
      generation: number
      reason: string
      permanent: boolean
      retryAfterMs?: number
      /** The end of what its process wrote to stderr, of several lines. */
      stderr?: string
      ends: EndedCall[]
    }
  | {
      type: 'connection.unauthorized'
      generation: number
      reason: string
      signInUrl?: string
      ends: EndedCall[]
    }
  /** Nothing of it is left: no process, no socket. */
  | { type: 'connection.closed'; generation: number }
