import { type Context, propagation } from '@opentelemetry/api'
import { z } from 'zod'
import type { JsonObject } from '../contract/protocol.ts'

/** The keys of `_meta` that MCP leaves without a prefix (SEP-414; MCP 2026-07-28, "`_meta`"). */
const traceKeys = ['traceparent', 'tracestate'] as const
/** What an application hangs on its trace goes along only where the operator says so: it may be of a caller. */
const baggageKey = 'baggage'

const textSchema = z.string()

export class TraceContext {
  readonly #keys: readonly string[]

  constructor(withBaggage: boolean) {
    this.#keys = withBaggage ? [...traceKeys, baggageKey] : traceKeys
  }

  /** What tells a server of the trace, by the propagator that is registered; nothing without one. */
  metaOf(of: Context): JsonObject | undefined {
    const carrier: Record<string, unknown> = {}
    propagation.inject(of, carrier)
    return this.#picked(carrier)
  }

  /** The trace that `meta` names, or else the one around it. */
  namedIn(meta: unknown, around: Context): Context {
    const carrier = typeof meta === 'object' && meta !== null ? this.#picked(meta) : undefined
    return carrier === undefined ? around : propagation.extract(around, carrier)
  }

  #picked(carrier: object): Record<string, string> | undefined {
    const picked: Record<string, string> = {}
    for (const key of this.#keys) {
      const value = textSchema.safeParse(Reflect.get(carrier, key))
      if (value.success) picked[key] = value.data
    }
    return 'traceparent' in picked ? picked : undefined
  }
}
