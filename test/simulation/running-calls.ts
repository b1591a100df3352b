import type { CallEnd, ConnectionCommand, EndedCall } from '../../src/contract/connection.ts'
import { callError } from '../../src/contract/errors.ts'

interface RunningCall {
  sent: boolean
  /** Why nobody waits for it any more. */
  cancelled: CancelReason | undefined
}

export type CancelReason = Extract<ConnectionCommand, { type: 'cancel' }>['reason']

/** The calls of one connection that it has not told to have ended. */
export class RunningCalls {
  readonly #calls = new Map<string, RunningCall>()
  /** Ended because the server was silent: a late answer is still told. */
  readonly #silent = new Set<string>()

  get ids(): string[] {
    return [...this.#calls.keys()]
  }

  get sent(): string[] {
    return this.ids.filter((callId) => this.#calls.get(callId)?.sent)
  }

  /** Whether somebody waits for one. */
  get areAwaited(): boolean {
    return [...this.#calls.values()].some(({ cancelled }) => !cancelled)
  }

  start(callId: string): void {
    this.#calls.set(callId, { sent: false, cancelled: undefined })
  }

  /** Whether somebody waits for it. */
  isAwaited(callId: string): boolean {
    const call = this.#calls.get(callId)
    return call !== undefined && !call.cancelled
  }

  send(callId: string): void {
    const call = this.#calls.get(callId)
    if (call) call.sent = true
  }

  /** False where nobody waited for it any more. */
  cancel(callId: string, reason: CancelReason): boolean {
    const call = this.#calls.get(callId)
    if (!call || call.cancelled) return false
    call.cancelled = reason
    if (reason === 'silent') this.#silent.add(callId)
    return true
  }

  /** How a cancelled one ends; nothing where it has. */
  endOfCancelled(callId: string): CallEnd | undefined {
    const call = this.#calls.get(callId)
    if (!call || !this.#calls.delete(callId)) return undefined
    return { ok: false, error: lostError(call.sent, 'It was cancelled.'), retryable: false }
  }

  /** What an answer of the server is, that has just come. */
  answered(callId: string): 'answer' | 'late' | 'nothing' {
    if (this.#silent.delete(callId)) return 'late'
    if (!this.isAwaited(callId)) return 'nothing'
    this.#calls.delete(callId)
    return 'answer'
  }

  /** The connection is lost: `known` is what was told of some of them. */
  endAll(reason: string, known: readonly EndedCall[]): EndedCall[] {
    const told = new Set(known.map(({ callId }) => callId))
    const others = [...this.#calls].filter(([callId]) => !told.has(callId))
    this.#calls.clear()
    return [
      ...known,
      ...others.map(([callId, { sent }]): EndedCall => {
        return { callId, end: { ok: false, error: lostError(sent, reason), retryable: !sent } }
      }),
    ]
  }
}

function lostError(sent: boolean, reason: string) {
  return sent
    ? callError('connection_lost', 'unknown', reason)
    : callError('server_unavailable', 'none', reason)
}
