import type { ServerEntry } from '../config/definition.ts'
import type { CallEnd, ConnectionEvent, EndedCall } from '../contract/connection.ts'
import { callError } from '../contract/errors.ts'
import type { Policy } from '../contract/policy.ts'
import type { LogMessage, Peer, RejectedTool, ServerState, Tool } from '../contract/protocol.ts'
import type { ServerReport } from './directory.ts'
import type { CallNews, ReadNews, Receiver, ServerCommand } from './messages.ts'

/** Server actor → supervisor. */
export type ServerNews =
  | { type: 'server.changed'; report: ServerReport }
  | { type: 'server.logged'; name: string; message: LogMessage }
  | { type: 'connection.closed'; generation: number }

export interface ServerInput {
  entry: ServerEntry
  policy: Policy
  supervisor: Receiver<ServerNews>
  now: () => number
  random: () => number
  /** How many other servers are being brought back now. */
  othersAway: () => number
  /** What an earlier actor of the same server knew: generations go on, tools are remembered. */
  remembered?: { generation: number; tools: Tool[]; rejected: RejectedTool[]; listed: boolean }
}

export interface RunningCall {
  caller: Receiver<CallNews>
  deadlineAt: number
  /** Or when the last question was answered: from then on its silence counts. */
  sentAt: number | undefined
  /** The same object for all calls of one conversation. */
  conversation: object
  /** Ids of what it asks and has no answer to. */
  questions: readonly string[]
}

/** What is told of a server, as it was last known. */
export interface KnownServer {
  tools: Tool[]
  rejected: RejectedTool[]
  listed: boolean
  lastError: string | undefined
  /** What its process wrote before `lastError`. */
  stderr: string | undefined
  /** Where its user signs in, while it is `unauthorized`. */
  signInUrl: string | undefined
  pid: number | undefined
  peer: Peer | undefined
  /** What it said of itself when it last connected. */
  instructions: string | undefined
  pingMs: number | undefined
}

/** Fewer than 20 fields, as every context: each change copies them all, and from there on slowly (docs/decisions/0016). */
export interface ServerContext {
  entry: ServerEntry
  host: Omit<ServerInput, 'entry' | 'remembered'>
  state: ServerState
  since: number
  generation: number
  known: KnownServer
  /** The connection during which the credentials last changed: one that was refused meanwhile is worth another try. */
  renewedAt: number | undefined
  nextAttemptAt: number | undefined
  /** Generations whose resources are not gone yet. */
  open: ReadonlySet<number>
  /** Reconnections since a connection was last stable. */
  attempt: number
  /** In a row; when a byte last came, and when the next is due. */
  heartbeats: { missed: number; good: number; lastByteAt: number; dueAt: number }
  streamLost: boolean
  /** What the present connection gave that is no message. */
  noise: string | undefined
  calls: ReadonlyMap<string, RunningCall>
  /** Who reads on the present connection, by `readId`. */
  reads: ReadonlyMap<string, Receiver<ReadNews>>
  /** Calls that were ended for silence may still run at the server until then. */
  busyUntil: number
  /** It answered after all a call that had been ended for silence: its silence means nothing while it works. */
  blindWhileBusy: boolean
  /**
   * Whose calls ended on this connection without the server's answer, and may go on there: a conversation, `several`, or
   * nobody's. A question that tells not to which call it belongs may be one of theirs.
   */
  leftWorkOf: object | undefined
}

export type ServerEvent =
  | ServerCommand
  | ConnectionEvent
  | { type: 'heartbeat.due' }
  | { type: 'silence.due' }
  | { type: 'stable.due' }
  | { type: `xstate.error.actor.${string}`; actorId: string; error: unknown }

export function initialContext(input: ServerInput): ServerContext {
  const { entry, remembered, ...host } = input
  return {
    entry,
    host,
    state: 'connecting',
    since: host.now(),
    generation: remembered?.generation ?? 0,
    known: {
      tools: remembered?.tools ?? [],
      rejected: remembered?.rejected ?? [],
      listed: remembered?.listed ?? false,
      ...{ lastError: undefined, stderr: undefined, signInUrl: undefined },
      ...{ pid: undefined, peer: undefined, instructions: undefined, pingMs: undefined },
    },
    renewedAt: undefined,
    nextAttemptAt: undefined,
    open: new Set(),
    attempt: 0,
    heartbeats: { missed: 0, good: 0, lastByteAt: 0, dueAt: 0 },
    streamLost: false,
    noise: undefined,
    calls: new Map(),
    reads: new Map(),
    busyUntil: 0,
    blindWhileBusy: false,
    leftWorkOf: undefined,
  }
}

export function reportOf(context: ServerContext): ServerReport {
  const { entry, state, since, generation, nextAttemptAt, known } = context
  return {
    ...known,
    ...{ name: entry.name, state, since, generation, nextAttemptAt },
    transport: entry.definition?.target.kind ?? 'stdio',
  }
}

export function connectionId(generation: number): string {
  return `connection-${generation}`
}

/** Tells every running call how it ended: as the connection said, else that the connection is gone. */
export function endCalls(context: ServerContext, ends: readonly EndedCall[], reason: string): void {
  const known = new Map(ends.map(({ callId, end }) => [callId, end]))
  for (const [callId, call] of context.calls) {
    const end = known.get(callId) ?? abandoned(context.entry.name, call.sentAt !== undefined, reason)
    call.caller.send(callEnded(context, end))
  }
}

export function callEnded(context: ServerContext, end: CallEnd): CallNews {
  return { type: 'call.ended', server: context.entry.name, generation: context.generation, end }
}

export function abandoned(server: string, sent: boolean, reason: string): CallEnd {
  const error = sent
    ? callError('connection_lost', 'unknown', `The connection to ${server} was lost during the call.`, {
        cause: reason,
      })
    : callError(
        'server_unavailable',
        'none',
        `The connection to ${server} was lost before the call went out.`,
        {
          cause: reason,
        },
      )
  return { ok: false, error, retryable: !sent }
}

/** Tells whoever reads that the connection is gone. */
export function endReads({ entry, reads }: ServerContext, reason: string): void {
  const happened = `The connection to ${entry.name} was lost during the read.`
  const error = callError('connection_lost', 'none', happened, { cause: reason })
  for (const reader of reads.values()) reader.send({ type: 'read.ended', end: { ok: false, error } })
}

/** Calls that the server has been silent on for longer than it may, and when the next one is due. */
export function silentCalls(context: ServerContext): { silent: string[]; nextInMs: number | undefined } {
  const silent: string[] = []
  let nextInMs: number | undefined
  if (context.blindWhileBusy) return { silent, nextInMs }
  const now = context.host.now()
  for (const [callId, { sentAt, questions }] of context.calls) {
    // It waits for us, not we for it.
    if (sentAt === undefined || questions.length > 0) continue
    const leftMs =
      context.host.policy.unresponsiveAfterMs - (now - Math.max(sentAt, context.heartbeats.lastByteAt))
    if (leftMs <= 0) silent.push(callId)
    else nextInMs = Math.min(nextInMs ?? leftMs, leftMs)
  }
  return { silent, nextInMs }
}
