import type { JsonObject } from '../../contract/protocol.ts'
import type { FaultKind } from './faults.ts'

/** A call that reached the server. */
export interface ReceivedCall {
  tool: string
  arguments: JsonObject
  /** Epoch milliseconds. */
  at: number
  /** What a switchboard calls it in its events, if one made it. */
  callId?: string
  /** Whether the tool was started. */
  executed: boolean
  /** The client took it back while it ran. */
  cancelled: boolean
  fault?: FaultKind['kind']
}

interface Waiting {
  isOver: () => boolean
  resolve: () => void
}

/** What really reached a server, whatever it answered. */
export class Ledger {
  readonly #calls: ReceivedCall[] = []
  readonly #waiting = new Set<Waiting>()

  /** Copies, as of now. */
  get calls(): ReceivedCall[] {
    return this.#calls.map((call) => ({ ...call }))
  }

  /** The returned function notes that it was cancelled. */
  add(call: Omit<ReceivedCall, 'at' | 'cancelled'>): () => void {
    const noted = { ...call, at: Date.now(), cancelled: false }
    this.#calls.push(noted)
    this.#look()
    return () => {
      noted.cancelled = true
      this.#look()
    }
  }

  /** Rejects with what did come. */
  until(what: string, isTrue: (calls: readonly ReceivedCall[]) => boolean, withinMs: number): Promise<void> {
    if (isTrue(this.#calls)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        isOver: () => isTrue(this.#calls),
        resolve: () => {
          clearTimeout(timer)
          resolve()
        },
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting)
        const came = this.#calls.map(({ tool }) => tool).join(', ') || 'no call'
        reject(new Error(`${what}: not within ${withinMs} ms; there came ${came}`))
      }, withinMs)
      this.#waiting.add(waiting)
    })
  }

  #look(): void {
    for (const waiting of [...this.#waiting]) {
      if (!waiting.isOver()) continue
      this.#waiting.delete(waiting)
      waiting.resolve()
    }
  }
}
