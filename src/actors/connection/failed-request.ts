import type { ServerDefinition } from '../../config/definition.ts'
import type { CallEnd } from '../../contract/connection.ts'
import { callError, effectSentences, systemCodeOf } from '../../contract/errors.ts'
import type { CallAnswer } from './client.ts'
import { isUnwritable, wordsOf } from './error-words.ts'
import type { Exchange } from './exchange.ts'
import { endOf, type Failure, problemOf } from './failure.ts'
import { tellOf } from './tell.ts'

const maxErrorTextCharacters = 1_000

/** What an SDK's error says, in no SDK's words. */
export interface ErrorReading {
  /** Of a JSON-RPC error that the server answered. */
  rpcCode: number | undefined
  /** HTTP status. */
  status: number | undefined
  /** See `Failure.unread`. */
  isUnread?: boolean
  /** An answer came that the SDK could not read. */
  isUnreadable: boolean
}

export function causeOf(definition: ServerDefinition, error: unknown): string {
  return tellOf(definition)(wordsOf(error), maxErrorTextCharacters)
}

export function failureOf(
  definition: ServerDefinition,
  error: unknown,
  exchange: Exchange | undefined,
  reading: ErrorReading,
): Failure {
  const status = exchange?.status
  const isOk = status !== undefined && status >= 200 && status <= 299
  return {
    server: definition.name,
    sent: exchange?.sent ?? false,
    cause: causeOf(definition, error),
    status: isOk ? undefined : (status ?? reading.status),
    hadSession: exchange?.hadSession,
    retryAfterMs: exchange?.retryAfterMs,
    signInUrl: exchange?.signInUrl,
    refusal: exchange?.refusal,
    rpcCode: exchange === undefined || exchange.answered ? reading.rpcCode : undefined,
    unread: reading.isUnread ?? false,
    // Once any status came, the connection stood.
    systemCode: status === undefined ? systemCodeOf(error) : undefined,
    unreadable: reading.isUnreadable && (isOk || exchange?.answered === true),
  }
}

/** How a call ends that failed with `error`. */
export function failedCall(
  toolName: string,
  error: unknown,
  failure: Failure,
  signal: AbortSignal,
): CallAnswer {
  if (isUnwritable(error) && !failure.sent) {
    const happened = `The arguments of ${toolName} cannot be written as JSON.`
    const unwritable = callError('invalid_arguments', 'none', happened, { cause: failure.cause })
    return { end: { ok: false, error: unwritable, retryable: false }, problem: undefined }
  }
  const problem = signal.aborted ? undefined : problemOf(failure)
  return { end: endOf(failure), problem, rpcCode: failure.rpcCode }
}

/** The server has worked on it before it asked: whatever it refuses now, nobody knows what it did then. */
export function begun(end: CallEnd): CallEnd {
  if (end.ok || end.error.effect !== 'none') return end
  const { code, message, ...details } = end.error
  const happened = message.slice(0, -effectSentences.none.length).trim()
  const begunCode = code === 'server_unavailable' ? 'connection_lost' : 'protocol_error'
  return { ok: false, error: callError(begunCode, 'unknown', happened, details), retryable: false }
}
