import { context, propagation, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll } from 'vitest'
import { createTelemetry, type TelemetryOptions } from '../../src/telemetry/index.ts'

export interface SpanFacts {
  name: string
  kind: keyof typeof SpanKind
  /** The name of its parent, or its id if that is none of ours. */
  parent?: string
  error?: true
  words?: string
  attributes: Record<string, unknown>
  /** Names of spans. */
  links?: string[]
}

export interface Point {
  name: string
  attributes: Record<string, unknown>
  /** Of a histogram: how many. */
  value: number
}

/** What an SDK of OpenTelemetry does to the whole process, for this file. */
export function registerGlobals(): void {
  beforeAll(() => {
    const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()]
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    propagation.setGlobalPropagator(new CompositePropagator({ propagators }))
  })
  afterAll(() => {
    context.disable()
    propagation.disable()
  })
}

/** An SDK in memory, and telemetry that uses it. */
export class Recorded {
  readonly #spans = new InMemorySpanExporter()
  /** Ids of spans, as they began: their times are too coarse for that. */
  readonly #begun: string[] = []
  readonly tracerProvider: BasicTracerProvider
  readonly #metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  readonly #meterProvider = new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({ exporter: this.#metrics, exportIntervalMillis: 3_600_000 }),
    ],
  })
  readonly telemetry

  constructor(options: TelemetryOptions = {}, ...processors: SpanProcessor[]) {
    this.tracerProvider = new BasicTracerProvider({
      spanProcessors: [
        ...processors,
        new SimpleSpanProcessor(this.#spans),
        {
          onStart: (span) => this.#begun.push(span.spanContext().spanId),
          onEnd: () => {},
          forceFlush: async () => {},
          shutdown: async () => {},
        },
      ],
    })
    const { tracerProvider } = this
    this.telemetry = createTelemetry({ tracerProvider, meterProvider: this.#meterProvider, ...options })
  }

  /** Those that have ended, as they began. */
  get spans(): ReadableSpan[] {
    const ended = this.#spans.getFinishedSpans()
    return this.#begun.flatMap((id) => ended.find((span) => span.spanContext().spanId === id) ?? [])
  }

  get facts(): SpanFacts[] {
    const names = new Map(this.spans.map((span) => [span.spanContext().spanId, span.name]))
    const nameOf = (id: string) => names.get(id) ?? id
    return this.spans.map(({ name, kind, status, attributes, parentSpanContext, links }) => ({
      name,
      kind: kindOf(kind),
      ...(parentSpanContext === undefined ? {} : { parent: nameOf(parentSpanContext.spanId) }),
      ...(status.code === SpanStatusCode.ERROR ? { error: true } : {}),
      ...(status.message === undefined ? {} : { words: status.message }),
      attributes,
      ...(links.length === 0 ? {} : { links: links.map((link) => nameOf(link.context.spanId)) }),
    }))
  }

  /** As of now. */
  async points(name?: string): Promise<Point[]> {
    this.#metrics.reset()
    await this.#meterProvider.forceFlush()
    const all = this.#metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
    return all
      .flatMap(({ metrics }) => metrics)
      .filter(({ descriptor }) => name === undefined || descriptor.name === name)
      .flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => ({
          name: descriptor.name,
          attributes,
          value: typeof value === 'number' ? value : value.count,
        })),
      )
  }

  /** Everything that an exporter is given. */
  get exported(): unknown[] {
    return [this.#spans.getFinishedSpans(), this.#metrics.getMetrics()]
  }
}

function kindOf(kind: SpanKind): keyof typeof SpanKind {
  switch (kind) {
    case SpanKind.CLIENT:
      return 'CLIENT'
    case SpanKind.SERVER:
      return 'SERVER'
    default:
      return 'INTERNAL'
  }
}

/** As `_meta` has it. */
export function traceparentOf(span: ReadableSpan | undefined): string | undefined {
  const { traceId, spanId } = span?.spanContext() ?? {}
  return span && `00-${traceId}-${spanId}-01`
}
