import { AsyncLocalStorage } from 'node:async_hooks'
import { setMaxListeners } from 'node:events'
import type { Progress } from '../../contract/protocol.ts'

/** One for all: each `abort()` would make an error of its own, with its stack. */
const networkOver = new Error('the request has ended')

/** One for all, too: a request makes no functions that nobody calls. */
function ignore(): void {}

/**
 * One request of ours on the wire, from its first byte to its end. The SDK tells nothing of this, so the transports find
 * the exchange that they serve in the asynchronous context.
 */
export class Exchange {
  requestId: string | number | undefined
  /** Of a call: what the server sends beside the answer belongs to it. */
  callId: string | undefined
  sent = false
  /** The server's own answer arrived, be it a result or an error. */
  answered = false
  /** As it came; the SDK of MCP 2026-07-28 refuses a whole answer for one part of it that it does not know. */
  result: unknown
  /** Nobody is told that it was given up: a server that hangs would only have more to read. */
  isPing = false
  /** Its stream carries event ids, so it may be resumed (MCP 2025-11-25, "Resumability and Redelivery"). */
  resumable = false
  /** Its answer is a stream of events that has no end of its own (MCP 2026-07-28, `subscriptions/listen`). */
  isEventStream = false
  failedResumptions = 0
  status: number | undefined
  hadSession = false
  retryAfterMs: number | undefined
  /** Where the user signs in, as whoever keeps the credentials said when the server refused them. */
  signInUrl: string | undefined
  /** What they said. */
  refusal: string | undefined

  onProgress: (progress: Progress) => void = ignore

  /** The stream of the answer is gone and will not be resumed. */
  onStreamLost: (reason: string) => void = ignore

  #isOver = false
  #givenUp: AbortSignal | undefined
  readonly #sockets: AbortController[] = []
  isNetworkOver = false

  constructor(private readonly onSent: (requestId?: string | number) => void = ignore) {}

  /** One that closes at `endNetwork`. */
  owns(socket: AbortController): void {
    if (this.isNetworkOver) socket.abort(networkOver)
    else this.#sockets.push(socket)
  }

  endNetwork(): void {
    this.isNetworkOver = true
    for (const socket of this.#sockets.splice(0)) socket.abort(networkOver)
  }

  /** Given up before it is sent, it is not sent any more. */
  staysUnsentOn(signal: AbortSignal): void {
    // A call of several rounds, or a list of several pages, has one signal.
    setMaxListeners(0, signal)
    this.#givenUp = signal
  }

  end(): void {
    this.#isOver = true
  }

  get ended(): boolean {
    return this.#isOver || (!this.sent && this.#givenUp?.aborted === true)
  }

  /** Its first byte is about to be written. Whoever waits hears of it when that is under way: the server has it meanwhile. */
  depart<Result>(write: () => Result): Result {
    const isFirst = !this.sent
    this.sent = true
    const result = write()
    if (isFirst) this.onSent(this.requestId)
    return result
  }
}

const exchanges = new AsyncLocalStorage<Exchange>()

export function currentExchange(): Exchange | undefined {
  return exchanges.getStore()
}

export function runExchange<Result>(exchange: Exchange, work: () => Result): Result {
  return exchanges.run(exchange, work)
}

/** For what is sent while an exchange is being served and is no part of it: a cancellation, another listing. */
export function leaveExchange<Result>(work: () => Result): Result {
  return exchanges.exit(work)
}
