import { clearPatientTimeout, setPatientTimeout } from '../patient-timer.ts'
import type { Ping } from './client.ts'
import { Exchange } from './exchange.ts'
import type { Exchanges } from './exchanges.ts'
import { type Failure, problemOf } from './failure.ts'

/** A client, as far as it is pinged through. */
export interface PingWire {
  exchanges: Exchanges
  /** Until the signal says that it took too long. */
  ask(exchange: Exchange, signal: AbortSignal): Promise<unknown>
  failure(error: unknown, exchange: Exchange): Failure
  /** Whether another server answers now than before. */
  isReplaced(failure: Failure): boolean
}

/** Whether the server answers, with whatever answer. */
export async function ping(wire: PingWire, timeoutMs: number): Promise<Ping> {
  const first = await pingOnce(wire, timeoutMs)
  // A kept socket that broke tells little; a new one tells whether the server is there.
  return first.socketBroke ? pingOnce(wire, timeoutMs) : first
}

async function pingOnce(wire: PingWire, timeoutMs: number): Promise<Ping & { socketBroke: boolean }> {
  const exchange = new Exchange()
  exchange.isPing = true
  const patience = new AbortController()
  const timer = setPatientTimeout(() => patience.abort(), timeoutMs)
  try {
    await wire.ask(exchange, patience.signal)
    return { ok: true, problem: undefined, socketBroke: false }
  } catch (error) {
    if (patience.signal.aborted) return { ok: exchange.answered, problem: undefined, socketBroke: false }
    const failure = wire.failure(error, exchange)
    if (wire.isReplaced(failure)) {
      const reason = `it wants to be spoken to in another way (${failure.cause})`
      return { ok: false, problem: { verdict: 'lost', reason }, socketBroke: false }
    }
    const problem = exchange.answered ? undefined : problemOf(failure)
    return { ok: exchange.answered, problem, socketBroke: failure.systemCode !== undefined }
  } finally {
    clearPatientTimeout(timer)
    wire.exchanges.release(exchange, false)
  }
}
