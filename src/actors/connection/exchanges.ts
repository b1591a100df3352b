import { z } from 'zod'
import { currentExchange, Exchange, runExchange } from './exchange.ts'

/** Requests that were given up and whose late answer is still recognised. */
const maxGivenUp = 1_000

const requestIdSchema = z.union([z.string(), z.number()])
const cancellationSchema = z.object({
  method: z.literal('notifications/cancelled'),
  params: z.object({ requestId: requestIdSchema }),
})

/** Its token is the id of the request (both SDKs). */
const progressSchema = z.object({
  method: z.literal('notifications/progress'),
  params: z.object({
    progressToken: requestIdSchema,
    progress: z.number(),
    total: z.number().optional(),
    message: z.string().optional(),
  }),
})

export interface ExchangesHost {
  /** An answer to a call that had been given up. */
  onLateAnswer(): void
  /** The SDK keeps the handlers and the timer of a request that could not go out, or whose stream ended, for ever. */
  settle(requestId: string | number): void
}

/** The requests of one client on the wire, and those given up whose answer may still come. Seen beneath the SDK. */
export class Exchanges {
  readonly #exchanges = new Map<string | number, Exchange>()

  #asked: Exchange | undefined

  constructor(private readonly host: ExchangesHost) {}

  /** The last request of a handshake or a listing: what failed in it tells why. */
  get asked(): Exchange | undefined {
    return this.#asked
  }

  /** One request of a handshake or a listing. */
  async ask<Result>(work: (exchange: Exchange) => Promise<Result>): Promise<Result> {
    const exchange = new Exchange()
    this.#asked = exchange
    try {
      return await work(exchange)
    } finally {
      this.release(exchange, false)
    }
  }

  /** Ends with `work`, or when its answer can no longer come. */
  run<Result>(exchange: Exchange, work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const lose = (reason: string) => reject(new Error(reason))
      exchange.onStreamLost = lose
      runExchange(exchange, work).then(resolve, reject)
    })
  }

  /** One that was given up for silence stays open: a late answer tells that the server was only busy. */
  release(exchange: Exchange, awaitLateAnswer: boolean): void {
    exchange.end()
    if (!awaitLateAnswer || exchange.answered) {
      exchange.endNetwork()
      const { requestId } = exchange
      if (requestId !== undefined) {
        this.#exchanges.delete(requestId)
        if (!exchange.answered) this.host.settle(requestId)
      }
    }
    if (this.#exchanges.size > maxGivenUp) {
      for (const [id, { ended }] of this.#exchanges) if (ended) this.#exchanges.delete(id)
    }
  }

  /** Whether what goes out is the request of the exchange that is being served, and no part of another. */
  departs(message: object): boolean {
    const exchange = currentExchange()
    if (!exchange || exchange.requestId !== undefined || !('method' in message && 'id' in message))
      return false
    const id = requestIdSchema.parse(message.id)
    exchange.requestId = id
    this.#exchanges.set(id, exchange)
    return true
  }

  /** Nobody is told that a ping was given up. */
  cancelsPing(message: object): boolean {
    if (!('method' in message) || message.method !== 'notifications/cancelled') return false
    const cancellation = cancellationSchema.safeParse(message)
    return cancellation.success && this.#exchanges.get(cancellation.data.params.requestId)?.isPing === true
  }

  /** The exchange that this message answers. */
  arrives(message: object): Exchange | undefined {
    if ('method' in message) this.#tellProgress(message)
    if ('method' in message || !('id' in message)) return undefined
    const id = requestIdSchema.safeParse(message.id)
    const exchange = id.success ? this.#exchanges.get(id.data) : undefined
    if (!exchange || !id.success) return undefined
    exchange.answered = true
    if (exchange.ended) {
      this.#exchanges.delete(id.data)
      exchange.endNetwork()
      this.host.onLateAnswer()
    }
    return exchange
  }

  /** At once: the SDKs tell it a moment later, and then no more if the answer came with it. */
  #tellProgress(message: object): void {
    const told = progressSchema.safeParse(message)
    if (!told.success) return
    const { progressToken, ...progress } = told.data.params
    const exchange = this.#exchanges.get(progressToken)
    if (!exchange?.ended) exchange?.onProgress(progress)
  }
}
