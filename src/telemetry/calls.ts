import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { ErrorCode, SwitchboardEvent } from '../contract/protocol.ts'
import { executeTool, failureAttributes, isFailure, names, shownName } from './attributes.ts'
import { contained } from './contained.ts'
import type { Contents } from './contents.ts'
import type { Instruments } from './instruments.ts'
import { RequestSpan } from './request-span.ts'
import type { TraceContext } from './trace-context.ts'

type Started = Extract<SwitchboardEvent, { type: 'call.started' }>
type Ended = Extract<SwitchboardEvent, { type: 'call.ended' }>

interface OpenCall {
  span: Span
  context: Context
  startedAt: number
  requests: Set<RequestSpan>
}

export interface ServerRequest {
  /** Of MCP. */
  method: string
  /** What it is about, if that has few values. */
  target?: string
  attributes: Attributes
  /** Of the call that it belongs to, if it belongs to one. */
  callId?: string | undefined
}

/** The spans of calls, from `call.started` to `call.ended`, and beneath each those of its requests; and of other requests. */
export class Calls {
  /** Where the calls are made that nobody has told of yet. */
  readonly #callers = new Map<string, Context>()
  readonly #open = new Map<string, OpenCall>()

  constructor(
    private readonly tracer: Tracer,
    private readonly traceContext: TraceContext,
    private readonly instruments: Instruments,
  ) {}

  get inFlight(): number {
    return this.#open.size
  }

  called(callId: string): void {
    contained(() => this.#callers.set(callId, context.active()))
  }

  started(event: Started, contents: Contents): void {
    const { callId, conversationId, sharedWith } = event
    const parent = this.#callers.get(callId) ?? context.active()
    this.#callers.delete(callId)
    const name = shownName(event.function)
    const shared = this.#open.get(sharedWith ?? '')
    const span = this.tracer.startSpan(
      `${executeTool} ${name}`,
      {
        kind: SpanKind.INTERNAL,
        attributes: {
          [names.operation]: executeTool,
          [names.tool]: name,
          [names.toolType]: 'function',
          [names.toolCall]: callId,
          [names.conversation]: conversationId,
          ...contents.ofArguments(event.arguments),
        },
        // An equal call runs already, whose outcome is that of this one too.
        ...(shared ? { links: [{ context: shared.span.spanContext() }] } : {}),
      },
      parent,
    )
    const startedAt = performance.now()
    const inSpan = trace.setSpan(parent, span)
    this.#open.set(callId, { span, context: inSpan, startedAt, requests: new Set() })
  }

  /** `isKnown`: whether the function is one of ours, or of the servers that all conversations share. */
  ended({ callId, function: name, outcome }: Ended, contents: Contents, isKnown: boolean): void {
    this.#callers.delete(callId)
    const open = this.#open.get(callId)
    if (!open) return
    this.#open.delete(callId)
    const code = outcome.ok ? 'ok' : outcome.error.code
    const effect = outcome.ok ? 'done' : outcome.error.effect
    // Its request may go on; nobody waits for that any more.
    for (const request of open.requests) request.end(request.codeIn(outcome.attempts) ?? code)
    const seconds = (performance.now() - open.startedAt) / 1_000
    contained(() => {
      open.span.setAttributes({
        [names.code]: code,
        [names.effect]: effect,
        [names.attempts]: outcome.attempts.length,
        ...(outcome.server === undefined ? {} : { [names.server]: outcome.server }),
        ...failureAttributes(code),
        ...contents.ofOutcome(outcome),
      })
      if (!outcome.ok) setFailed(open.span, code, contents.ofFailure(outcome.error.message))
      open.span.end()
    })
    this.instruments.callEnded({ code, effect, name: isKnown ? name : undefined, seconds })
  }

  /** What a client of MCP asks its server for. */
  request({ method, target, attributes: own, callId }: ServerRequest, isShared: boolean): RequestSpan {
    const open = this.#open.get(callId ?? '')
    const parent = open?.context ?? (callId === undefined ? context.active() : ROOT_CONTEXT)
    const attributes = { [names.method]: method, ...own }
    const name = target === undefined ? method : `${method} ${target}`
    const span = this.tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent)
    const inSpan = trace.setSpan(parent, span)
    const request = new RequestSpan(span, inSpan, {
      attributes,
      meta: this.traceContext.metaOf(inSpan),
      onEnd: (measured) => {
        open?.requests.delete(request)
        this.instruments.requestEnded(measured, isShared)
      },
    })
    open?.requests.add(request)
    return request
  }
}

/** `words`: what may be told of it. */
function setFailed(span: Span, code: ErrorCode | 'ok', words?: string): void {
  if (!isFailure(code)) return
  span.setStatus({ code: SpanStatusCode.ERROR, ...(words === undefined ? {} : { message: words }) })
}
