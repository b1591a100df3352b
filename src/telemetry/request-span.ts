import { type Attributes, type Context, type Span, SpanStatusCode } from '@opentelemetry/api'
import type { Attempt, Effect, ErrorCode, JsonObject } from '../contract/protocol.ts'
import { failureAttributes, isFailure, names } from './attributes.ts'
import { contained, within } from './contained.ts'

export interface MeasuredRequest {
  attributes: Attributes
  code: ErrorCode | 'ok'
  rpcCode: number | undefined
  seconds: number
}

interface RequestParts {
  attributes: Attributes
  /** What tells the server of the span. */
  meta: JsonObject | undefined
  onEnd: (measured: MeasuredRequest) => void
}

/** The span of one request to a server. It ends once: with its answer, or with its call, whichever is first. */
export class RequestSpan {
  readonly meta: JsonObject | undefined
  readonly #startedAt = performance.now()
  #isOver = false

  constructor(
    private readonly span: Span,
    private readonly inSpan: Context,
    private readonly parts: RequestParts,
  ) {
    this.meta = parts.meta
  }

  /** Does the work of it; what others measure of that, such as HTTP requests, is beneath it. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    return within(this.inSpan, work)
  }

  sentAs(requestId: string | number | undefined): void {
    if (requestId !== undefined) contained(() => this.span.setAttribute(names.requestId, `${requestId}`))
  }

  /** How it ended, as the outcome of its call has it. */
  codeIn(attempts: readonly Attempt[]): ErrorCode | 'ok' | undefined {
    const { attributes } = this.parts
    return attempts.findLast(
      ({ server, generation }) =>
        server === attributes[names.server] && generation === attributes[names.generation],
    )?.code
  }

  end(code: ErrorCode | 'ok', effect?: Effect, rpcCode?: number): void {
    if (this.#isOver) return
    this.#isOver = true
    const seconds = (performance.now() - this.#startedAt) / 1_000
    contained(() => {
      this.span.setAttributes({
        [names.code]: code,
        ...(effect === undefined ? {} : { [names.effect]: effect }),
        ...failureAttributes(code, rpcCode),
      })
      if (isFailure(code)) this.span.setStatus({ code: SpanStatusCode.ERROR })
      this.span.end()
    })
    contained(() => this.parts.onEnd({ attributes: this.parts.attributes, code, rpcCode, seconds }))
  }
}
