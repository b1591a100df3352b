/** What a connection wants of a client, whatever SDK it is built on and whatever its server speaks. */
import { z } from 'zod'
import type { AskedQuestion, CallEnd, ConnectionInput, QuestionReply } from '../../contract/connection.ts'
import { longestTimerMs } from '../../contract/policy.ts'
import type { JsonObject, Peer, Progress, RejectedTool, Tool } from '../../contract/protocol.ts'
import type { ReadEnd, ReadRequest } from '../../contract/reads.ts'
import { packageVersion } from '../../contract/version.ts'
import type { Problem } from './failure.ts'

export interface ClientListener {
  onBytes(): void
  onToolsChanged(): void
  /** Nothing can be asked any more: `its event stream ended`. A process is watched by whoever started it. */
  onLost(reason: string): void
  onSuspect(reason: string): void
  onEventStreamLost(reason: string): void
  /** An answer to a call that had been given up. */
  onLateAnswer(): void
  /** The parameters of a `notifications/message`, as they came. */
  onLog(params: unknown): void
  /** `callId`: of the call that it surely belongs to. `signal`: nobody wants the answer any more. */
  onQuestion(question: AskedQuestion, callId: string | undefined, signal: AbortSignal): Promise<QuestionReply>
}

export interface CallRequest {
  callId: string
  tool: Tool
  arguments: JsonObject
  /** What goes along in `_meta`, beside what always does. */
  meta?: JsonObject | undefined
  /** `requestId`: of JSON-RPC. */
  onSent: (requestId?: string | number) => void
  onProgress: (progress: Progress) => void
  signal: AbortSignal
}

export interface CallAnswer {
  end: CallEnd
  problem: Problem | undefined
  /** Code of a JSON-RPC error that the server answered. */
  rpcCode?: number | undefined
}

/** How something is read. */
export interface Reading {
  /** Aborts with why nobody waits any more: `timed_out`, `connection_lost`, else it was cancelled. */
  signal: AbortSignal
  /** For each request that it takes. `requestId`: of JSON-RPC. */
  onSent?: ((requestId?: string | number) => void) | undefined
  /** Of the call that needs it, if one does. */
  callId?: string
  /** What goes along in `_meta`. */
  meta?: JsonObject | undefined
}

export interface ReadAnswer {
  end: ReadEnd
  problem: Problem | undefined
  /** Code of a JSON-RPC error that the server answered. */
  rpcCode?: number | undefined
}

export interface Ping {
  ok: boolean
  problem: Problem | undefined
}

export interface ToolListing {
  tools: Tool[]
  rejected: RejectedTool[]
  /** For so long the server expects no change. */
  ttlMs?: number
}

/** The newest that is spoken here; older ones are told by the first SDK. */
export const modernVersion = '2026-07-28'

export const clientInfo = { name: 'mcp-switchboard', version: packageVersion }

/** Not sampling: nobody has asked us to lend a model to servers. */
export const capabilities = { elicitation: { form: {}, url: {} } }

/** For an SDK: our own timers rule. */
export const noTimeoutMs = longestTimerMs

/** Made once: a schema is compiled at its first use. */
export const anyResult = z.looseObject({})

/** For an SDK, so that it asks for progress: the exchange hears of it. */
export const askForProgress = () => {}

/** For so long a list is believed whose server tells of changes, but has no stream to tell them on. */
export const untoldTtlMs = 60_000

/** Another way to speak to a server, that may work where one did not. */
export type Dialect = 'legacy' | 'modern' | 'sse'

export interface McpClient {
  /** After `connect`. */
  readonly peer: Peer
  /** Of HTTP, for who tells of its requests: it goes nowhere else. */
  readonly sessionId: string | undefined
  /** What the server says of itself, after `connect`: see `ServerInstructions`. */
  readonly instructions: string | undefined
  connect(): Promise<void>
  /** What a failed `connect` says of how its server wants to be spoken to. */
  otherDialect(error: unknown): Dialect | undefined
  /** What a failed `connect` or `listTools` means. */
  problem(error: unknown): Problem
  /** All pages of tools, each tool parsed by itself. */
  listTools(timeoutMs?: number): Promise<ToolListing>
  /** Never rejects. `signal` aborts with the reason of a `cancel` command. */
  call(request: CallRequest): Promise<CallAnswer>
  /** Never rejects. */
  read(request: ReadRequest, reading: Reading): Promise<ReadAnswer>
  /** Whether the server answers, with whatever answer. */
  ping(timeoutMs: number): Promise<Ping>
  /** A session is ended at the server, sockets are closed; a process is left to whoever started it. */
  close(): Promise<void>
}

/** Stands before the client of one connection, such as to measure its calls. */
export type ClientWrapper = (client: McpClient, input: ConnectionInput) => McpClient
