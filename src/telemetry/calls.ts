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
import type { CallRequest } from '../actors/connection/client.ts'
import type { ErrorCode, SwitchboardEvent } from '../contract/protocol.ts'
import { Attempt } from './attempt.ts'
import { executeTool, failureAttributes, isFailure, names, shownName } from './attributes.ts'
import { contained } from './contained.ts'
import type { Contents } from './contents.ts'
import type { Instruments } from './instruments.ts'
import type { TraceContext } from './trace-context.ts'

type Started = Extract<SwitchboardEvent, { type: 'call.started' }>
type Ended = Extract<SwitchboardEvent, { type: 'call.ended' }>

interface OpenCall {
  span: Span
  context: Context
  startedAt: number
  attempts: Set<Attempt>
}

/** The spans of calls, from `call.started` to `call.ended`, and beneath each those of its attempts. */
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
    this.#open.set(callId, { span, context: inSpan, startedAt, attempts: new Set() })
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
    for (const attempt of open.attempts) attempt.end(attempt.codeIn(outcome.attempts) ?? code)
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

  /** One try at a server, as a client of MCP. */
  attempt({ callId, tool: { name: tool } }: CallRequest, about: Attributes, isShared: boolean): Attempt {
    const open = this.#open.get(callId)
    const parent = open?.context ?? ROOT_CONTEXT
    const attributes = { [names.method]: 'tools/call', [names.tool]: tool, ...about }
    const span = this.tracer.startSpan(`tools/call ${tool}`, { kind: SpanKind.CLIENT, attributes }, parent)
    const inSpan = trace.setSpan(parent, span)
    const attempt = new Attempt(span, inSpan, {
      attributes,
      meta: this.traceContext.metaOf(inSpan),
      onEnd: (measured) => {
        open?.attempts.delete(attempt)
        this.instruments.attemptEnded(measured, isShared)
      },
    })
    open?.attempts.add(attempt)
    return attempt
  }
}

/** `words`: what may be told of it. */
function setFailed(span: Span, code: ErrorCode | 'ok', words?: string): void {
  if (!isFailure(code)) return
  span.setStatus({ code: SpanStatusCode.ERROR, ...(words === undefined ? {} : { message: words }) })
}
