import {
  type Context,
  context,
  isSpanContextValid,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { Outcome } from '../contract/protocol.ts'
import type { ServedCall } from '../switchboard/telemetry.ts'
import { failureAttributes, isFailure, names, shownName } from './attributes.ts'
import { contained, within } from './contained.ts'
import type { TraceContext } from './trace-context.ts'

/** The span of a call that a client of a proxy asks for, as a server of MCP; `work` is done beneath it. */
export async function served(
  tracer: Tracer,
  traceContext: TraceContext,
  call: ServedCall,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  const begun = contained(() => begin(tracer, traceContext, call))
  if (!begun) return work()
  const outcome = await within(begun.inSpan, work)
  contained(() => end(begun.span, outcome))
  return outcome
}

function begin(
  tracer: Tracer,
  traceContext: TraceContext,
  { meta, function: name }: ServedCall,
): { span: Span; inSpan: Context } {
  const around = context.active()
  const parent = traceContext.namedIn(meta, around)
  const tool = shownName(name)
  const ambient = trace.getSpanContext(around)
  const span = tracer.startSpan(
    `tools/call ${tool}`,
    {
      kind: SpanKind.SERVER,
      attributes: { [names.method]: 'tools/call', [names.tool]: tool },
      // Such as that of the HTTP request, which has no part in the trace of the client.
      ...(parent !== around && ambient && isSpanContextValid(ambient)
        ? { links: [{ context: ambient }] }
        : {}),
    },
    parent,
  )
  return { span, inSpan: trace.setSpan(parent, span) }
}

function end(span: Span, outcome: Outcome): void {
  const code = outcome.ok ? 'ok' : outcome.error.code
  span.setAttributes({
    [names.code]: code,
    [names.effect]: outcome.ok ? 'done' : outcome.error.effect,
    ...failureAttributes(code),
  })
  if (isFailure(code)) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}
