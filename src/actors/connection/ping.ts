import type { Ping } from './client.ts'
import { Exchange } from './exchange.ts'
import type { Exchanges } from './exchanges.ts'
import { type Failure, problemOf } from './failure.ts'

/** A client, as far as it is pinged through. */
export interface PingWire {
  exchanges: Exchanges
  ask(exchange: Exchange): Promise<unknown>
  failure(error: unknown, exchange: Exchange): Failure
  /** Whether another server answers now than before. */
  isReplaced(failure: Failure): boolean
}

/** Whether the server answers, with whatever answer. */
export async function ping(wire: PingWire): Promise<Ping> {
  const first = await pingOnce(wire)
  // A kept socket that broke tells little; a new one tells whether the server is there.
  return first.socketBroke ? pingOnce(wire) : first
}

async function pingOnce(wire: PingWire): Promise<Ping & { socketBroke: boolean }> {
  const exchange = new Exchange()
  exchange.isPing = true
  try {
    await wire.ask(exchange)
    return { ok: true, problem: undefined, socketBroke: false }
  } catch (error) {
    const failure = wire.failure(error, exchange)
    if (wire.isReplaced(failure)) {
      const reason = `it wants to be spoken to in another way (${failure.cause})`
      return { ok: false, problem: { verdict: 'lost', reason }, socketBroke: false }
    }
    const problem = exchange.answered ? undefined : problemOf(failure)
    return { ok: exchange.answered, problem, socketBroke: failure.systemCode !== undefined }
  } finally {
    wire.exchanges.release(exchange, false)
  }
}
