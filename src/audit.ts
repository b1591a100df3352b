import type { Mask } from './config/secrets.ts'
import type { Attempt, Effect, ErrorCode, JsonObject, SwitchboardEvent } from './contract/protocol.ts'
import { cap, clean, retold } from './text/text.ts'

/** Whatever takes text: a file's stream, `process.stdout`, one's own object. */
export interface AuditWriter {
  /** One line of JSON, its end included. */
  write(line: string): unknown
}

export interface AuditOptions {
  /** Also what each call was given. Default: false, since callers' words are in it. */
  arguments?: boolean
  /** What is done to every text of the arguments. Default: hidden characters are taken out. */
  mask?: Mask
}

/** One call, from its first to its last moment. Times are epoch milliseconds. */
export interface AuditEntry {
  type: 'call'
  conversationId: string
  callId: string
  function: string
  /** Absent where no server was picked. */
  server?: string
  code: ErrorCode | 'ok'
  /** Of an answered call: `done`. */
  effect: Effect
  attempts: Attempt[]
  /** The call that ran, where this one is not another execution but an equal call of a model at the same time. */
  sharedWith?: string
  startedAt: number
  /** When it first went out; absent if it never did. */
  sentAt?: number
  endedAt: number
  arguments?: unknown
}

interface Begun {
  startedAt: number
  sentAt?: number
  sharedWith?: string
  arguments: JsonObject
}

const maxFunctionCharacters = 200
/** With all the rest of a line it fits into the 4,096 bytes that a pipe takes at once, among lines of other processes. */
const maxArgumentBytes = 2_000

/**
 * Writes a line of JSON for each call, when it has ended: what was called where, how it ended, what it did, and when.
 * Returns the unsubscriber. A writer that throws is reported as a process warning, and the call does not feel it.
 */
export function auditTo(
  source: { subscribe(listener: (event: SwitchboardEvent) => void): () => void },
  writer: AuditWriter,
  options: AuditOptions = {},
): () => void {
  const { mask = (text) => text } = options
  const begun = new Map<string, Begun>()
  return source.subscribe((event) => {
    if (event.type === 'call.started') {
      const { at: startedAt, sharedWith, arguments: args } = event
      const sharing = sharedWith === undefined ? {} : { sharedWith }
      begun.set(event.callId, { startedAt, arguments: args, ...sharing })
    } else if (event.type === 'call.sent') {
      const call = begun.get(event.callId)
      if (call) call.sentAt ??= event.at
    } else if (event.type === 'call.ended') {
      const call = begun.get(event.callId)
      begun.delete(event.callId)
      const entry = entryOf(event, call)
      if (options.arguments && call) entry.arguments = shown(call.arguments, mask)
      writer.write(`${JSON.stringify(entry)}\n`)
    }
  })
}

function entryOf(
  { at, callId, conversationId, function: name, outcome }: SwitchboardEvent & { type: 'call.ended' },
  call: Begun | undefined,
): AuditEntry {
  return {
    type: 'call',
    conversationId,
    callId,
    // A model may call anything.
    function: cap(clean(name), maxFunctionCharacters),
    ...(outcome.server === undefined ? {} : { server: outcome.server }),
    code: outcome.ok ? 'ok' : outcome.error.code,
    effect: outcome.ok ? 'done' : outcome.error.effect,
    attempts: outcome.attempts,
    ...(call?.sharedWith === undefined ? {} : { sharedWith: call.sharedWith }),
    startedAt: call?.startedAt ?? at - outcome.durationMs,
    ...(call?.sentAt === undefined ? {} : { sentAt: call.sentAt }),
    endedAt: at,
  }
}

/** As they are, or the beginning of them as a text where they are long. */
function shown(args: JsonObject, mask: Mask): unknown {
  const told = retold(args, (text) => mask(clean(text)))
  const text = JSON.stringify(told)
  if (Buffer.byteLength(text) <= maxArgumentBytes) return told
  // Four bytes are the longest that a character takes.
  return cap(text, maxArgumentBytes / 4)
}
