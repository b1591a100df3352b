import type { ClientWrapper } from '../actors/connection/client.ts'
import type { Outcome, ServerStatus } from '../contract/protocol.ts'
import type { Listener } from './publisher.ts'

/** A switchboard, as far as it is measured. */
export interface Measured {
  readonly servers: ServerStatus[]
  /** Of a function; nothing where no server that all conversations share offers it. */
  details(name: string): object | undefined
  subscribe(listener: Listener): () => void
}

/** What a client of a proxy asks for. */
export interface ServedCall {
  /** `_meta` of its request, as it came. */
  meta: unknown
  function: string
}

/**
 * What measures switchboards, beside what their events tell: `createTelemetry()` of `mcp-switchboard/telemetry`. Nothing here
 * knows OpenTelemetry, so that who does not measure does not load it.
 */
export interface Telemetry {
  /** From now on. What it returns ends that; it waits a second at most until what was measured is exported. */
  measure(switchboard: Measured): () => Promise<void>
  /** Within the program that calls, before `call.started` is told of it. */
  called(callId: string): void
  readonly clientOf: ClientWrapper
  /** Does `work`, in the trace that the client names. */
  served(call: ServedCall, work: () => Promise<Outcome>): Promise<Outcome>
}
