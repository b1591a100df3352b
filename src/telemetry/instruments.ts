import type { Attributes, Meter } from '@opentelemetry/api'
import type { Effect, ErrorCode, ServerStatus, SwitchboardEvent } from '../contract/protocol.ts'
import { executeTool, failureAttributes, names } from './attributes.ts'
import type { MeasuredRequest } from './request-span.ts'

/** Seconds, as the conventions have them for MCP. */
const durationBuckets = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]

/** What is counted where somebody looks, and not before. */
export interface Observed {
  servers(): ServerStatus[]
  callsInFlight(): number
  openConversations(): number
}

export interface MeasuredCall {
  code: ErrorCode | 'ok'
  effect: Effect
  /** Absent where it could be anything: what a model makes up, and what users' own servers offer, has no end of values. */
  name: string | undefined
  seconds: number
}

/** Those of a request that have few values, whatever server it is. */
const requestAttributes = [names.method, names.protocolVersion, names.transport, names.protocol]
/** Those that have few where the operator chose the server. */
const sharedAttributes = [names.tool, names.prompt, names.server, names.address, names.port]

/** What JSON-RPC reserves. Any other number is the server's own invention, and it may invent one for each call. */
const [minRpcCode, maxRpcCode] = [-32_768, -32_000]

/** The metrics. Instruments are made at once: who registers a meter provider later gets none. */
export class Instruments {
  readonly #requestDuration
  readonly #callDuration
  readonly #calls
  readonly #reconnections

  constructor(meter: Meter, observed: Observed) {
    const inSeconds = { unit: 's', advice: { explicitBucketBoundaries: durationBuckets } }
    this.#requestDuration = meter.createHistogram('mcp.client.operation.duration', {
      ...inSeconds,
      description: 'From the sending of a request to a server to its answer, or until nobody waited for it.',
    })
    this.#callDuration = meter.createHistogram('gen_ai.execute_tool.duration', {
      ...inSeconds,
      description: 'Of a whole call: waiting for a server, every attempt, questions to the caller.',
    })
    this.#calls = meter.createCounter('mcp_switchboard.calls', {
      unit: '{call}',
      description: 'Calls that have ended, by how.',
    })
    this.#reconnections = meter.createCounter('mcp_switchboard.reconnections', {
      unit: '{reconnection}',
      description: 'How often a server was lost or not reached, and is dialled again.',
    })
    meter
      .createObservableGauge('mcp_switchboard.servers', {
        unit: '{server}',
        description: 'Servers that all conversations share, each in the state that it is in.',
      })
      .addCallback((result) => {
        for (const { count, attributes } of byState(observed.servers())) result.observe(count, attributes)
      })
    meter
      .createObservableUpDownCounter('mcp_switchboard.active_calls', {
        unit: '{call}',
        description: 'Calls that have begun and not ended.',
      })
      .addCallback((result) => result.observe(observed.callsInFlight()))
    meter
      .createObservableUpDownCounter('mcp_switchboard.open_conversations', {
        unit: '{conversation}',
        description: 'Conversations that have begun and not ended.',
      })
      .addCallback((result) => result.observe(observed.openConversations()))
  }

  callEnded({ code, effect, name, seconds }: MeasuredCall): void {
    const tool = name === undefined ? {} : { [names.tool]: name }
    this.#calls.add(1, { ...tool, [names.code]: code, [names.effect]: effect })
    this.#callDuration.record(seconds, {
      [names.operation]: executeTool,
      ...tool,
      ...failureAttributes(code),
    })
  }

  /** `isShared`: whether all conversations share its server. */
  requestEnded({ attributes, code, rpcCode, seconds }: MeasuredRequest, isShared: boolean): void {
    const isReserved = rpcCode !== undefined && rpcCode >= minRpcCode && rpcCode <= maxRpcCode
    const kept: Attributes = {
      ...(attributes[names.tool] === undefined ? {} : { [names.operation]: executeTool }),
      ...failureAttributes(code, isReserved ? rpcCode : undefined),
    }
    for (const name of isShared ? [...requestAttributes, ...sharedAttributes] : requestAttributes) {
      const value = attributes[name]
      if (value !== undefined) kept[name] = value
    }
    this.#requestDuration.record(seconds, kept)
  }

  serverChanged({ server, previous }: Extract<SwitchboardEvent, { type: 'server.changed' }>): void {
    if (server.state !== 'reconnecting' || previous === undefined || previous === 'reconnecting') return
    this.#reconnections.add(1, { [names.server]: server.name })
  }
}

/** Two switchboards of one process may have servers of one name. */
function byState(servers: ServerStatus[]): { count: number; attributes: Attributes }[] {
  const counts = new Map<string, { count: number; attributes: Attributes }>()
  for (const { name, state } of servers) {
    const key = `${state} ${name}`
    const count = (counts.get(key)?.count ?? 0) + 1
    counts.set(key, { count, attributes: { [names.server]: name, [names.serverState]: state } })
  }
  return [...counts.values()]
}
