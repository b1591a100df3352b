import { type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api'
import type { ServerDefinition } from '../config/definition.ts'
import { packageVersion } from '../contract/version.ts'
import { LiveMask } from '../inspection/live-mask.ts'
import { isFixed } from '../machines/names.ts'
import { type InspectedPool, inspectionOf } from '../switchboard/inspection.ts'
import type { Measured, Telemetry } from '../switchboard/telemetry.ts'
import { Calls } from './calls.ts'
import { contentsBehind, noContents } from './contents.ts'
import { flushed } from './flushed.ts'
import { Instruments } from './instruments.ts'
import { MeasuredClient } from './measured-client.ts'
import { served } from './served.ts'
import { TraceContext } from './trace-context.ts'

export interface TelemetryOptions {
  /** Default: the global one, also where it is registered later. */
  tracerProvider?: TracerProvider
  /** Default: the global one, if it is registered by now. */
  meterProvider?: MeterProvider
  /**
   * Whether spans have what functions are given, what they answer, which resources are read, and the words of failures: of
   * callers, of strangers. Secrets of the configuration are hidden in it. Default: false.
   */
  recordContents?: boolean
  /** Whether servers are sent the application's baggage as well, which may be of a caller. Default: false. */
  sendBaggage?: boolean
}

/**
 * Spans and metrics of switchboards, for `createSwitchboard({ telemetry })`: `docs/telemetry.md` lists them. Without an SDK of
 * OpenTelemetry, which is yours to register before, nothing comes of it.
 */
export function createTelemetry(options: TelemetryOptions = {}): Telemetry {
  const { tracerProvider, meterProvider, recordContents = false, sendBaggage = false } = options
  /** Each with the servers that its conversations share. */
  const measured = new Map<Measured, InspectedPool>()
  const scope = ['mcp-switchboard', packageVersion] as const
  const traceContext = new TraceContext(sendBaggage)
  const instruments = new Instruments((meterProvider ?? metrics).getMeter(...scope), {
    servers: () => [...measured.keys()].flatMap(({ servers }) => servers),
    callsInFlight: (): number => calls.inFlight,
    openConversations: () =>
      [...measured.keys()].reduce((sum, one) => sum + [...inspectionOf(one).conversations].length, 0),
  })
  const tracer = (tracerProvider ?? trace).getTracer(...scope)
  const calls = new Calls(tracer, traceContext, instruments)

  function isShared(definition: ServerDefinition): boolean {
    return [...measured.values()].some(({ entries }) =>
      entries.some((entry) => entry.definition === definition),
    )
  }

  function measure(switchboard: Measured): () => Promise<void> {
    const liveMask = recordContents ? new LiveMask(inspectionOf(switchboard)) : undefined
    const contents = liveMask ? contentsBehind(liveMask.mask) : noContents
    // At its creation: there are no others yet.
    const [shared] = inspectionOf(switchboard).pools
    if (shared) measured.set(switchboard, shared.pool)
    const isKnown = (name: string) => isFixed(name) || switchboard.details(name) !== undefined
    const unsubscribe = switchboard.subscribe((event) => {
      if (event.type === 'call.started') calls.started(event, contents)
      else if (event.type === 'call.ended') calls.ended(event, contents, isKnown(event.function))
      else if (event.type === 'server.changed') instruments.serverChanged(event)
    })
    return async () => {
      await flushed(tracerProvider ?? trace.getTracerProvider(), meterProvider ?? metrics.getMeterProvider())
      measured.delete(switchboard)
      unsubscribe()
      liveMask?.stop()
    }
  }

  return {
    measure,
    called: (callId) => calls.called(callId),
    clientOf: (client, input) =>
      new MeasuredClient(client, input, calls, { isShared: isShared(input.definition), recordContents }),
    served: (call, work) => served(tracer, traceContext, call, work),
  }
}
