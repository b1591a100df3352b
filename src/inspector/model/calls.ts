import { isObject } from '../../contract/json.ts'
import type { JsonObject, Outcome, SwitchboardEvent } from '../../contract/protocol.ts'
import type { Projection } from '../../inspection/projection.ts'
import { oneLine } from '../../text/text.ts'
import type { CallDetails, CallView } from '../wire.ts'
import { Newest } from './bounded.ts'

const maxCalls = 1_000
/** Of all details that are kept; the oldest calls go first. */
const maxDetailCharacters = 64_000_000
const maxProgress = 50
const maxEvents = 200
const maxBlocks = 20
const maxLineCharacters = 240

type CallEvent = Extract<SwitchboardEvent, { callId: string }>

interface CallRecord {
  view: CallView
  progress: Newest<CallView['progress'][number]>
  arguments: JsonObject
  outcome?: Outcome
  events: Newest<CallDetails['events'][number]>
  detailCharacters: number
}

/** The last calls, as events tell of them. */
export class CallBook {
  readonly #calls = new Map<string, CallRecord>()
  readonly #changed = new Set<string>()
  #detailCharacters = 0

  constructor(
    /** For lists, and for whoever looks at one call. */
    private readonly brief: Projection,
    private readonly whole: Projection,
  ) {}

  get views(): CallView[] {
    return [...this.#calls.values()].map(({ view }) => view)
  }

  get(callId: string): CallDetails | undefined {
    const record = this.#calls.get(callId)
    if (!record) return undefined
    const { view: call, arguments: args, outcome, events } = record
    return { call, arguments: args, ...(outcome ? { outcome } : {}), events: [...events.items] }
  }

  /** Of one conversation, in the order in which they began. */
  of(conversationId: string): CallDetails[] {
    return this.views
      .filter((view) => view.conversationId === conversationId)
      .flatMap(({ callId }) => this.get(callId) ?? [])
  }

  /** Those that changed since this was last asked. */
  takeChanged(): CallView[] {
    const changed = [...this.#changed].flatMap((callId) => this.#calls.get(callId)?.view ?? [])
    this.#changed.clear()
    return changed
  }

  /** How they end will not be seen. */
  forgetOpen(): void {
    for (const [callId, record] of this.#calls) {
      if (record.view.endedAt === undefined) this.#forget(callId, record)
    }
  }

  /** Of one that began before anybody looked, as much is told as its events say. */
  handle(event: CallEvent): void {
    const { callId } = event
    const known = this.#calls.get(callId) ?? this.#begin(event)
    if (!known) return
    this.#changed.add(callId)
    known.events.push({ at: event.at, type: event.type, text: this.#textOf(event) })
    known.view = this.#next(known, event)
  }

  #begin(event: CallEvent): CallRecord | undefined {
    if (event.type === 'call.progress') return undefined
    const { callId, conversationId, at } = event
    const durationMs = event.type === 'call.ended' ? event.outcome.durationMs : 0
    const args =
      event.type === 'call.started' ? event.arguments : { '…': 'not seen: it began before a page was open' }
    const sharing = event.type === 'call.started' && event.sharedWith ? { sharedWith: event.sharedWith } : {}
    const record: CallRecord = {
      view: {
        ...{ callId, conversationId, function: this.brief.text(event.function), state: 'waiting' },
        ...{ startedAt: at - durationMs, attempts: [], progress: [], ...sharing },
        argumentsText: this.#line(JSON.stringify(this.brief.of(args))),
      },
      progress: new Newest(maxProgress),
      arguments: objectOf(this.whole.of(args)),
      events: new Newest(maxEvents),
      detailCharacters: 0,
    }
    this.#calls.set(callId, record)
    this.#weigh(record)
    return record
  }

  /** What is kept in all has an end, whatever servers answer. */
  #weigh(record: CallRecord): void {
    const { arguments: args, outcome } = record
    const characters = JSON.stringify([args, outcome]).length
    this.#detailCharacters += characters - record.detailCharacters
    record.detailCharacters = characters
    for (const [callId, one] of this.#calls) {
      if (this.#calls.size <= maxCalls && this.#detailCharacters <= maxDetailCharacters) break
      if (one.view.endedAt !== undefined && one !== record) this.#forget(callId, one)
    }
  }

  #forget(callId: string, { detailCharacters }: CallRecord): void {
    this.#calls.delete(callId)
    this.#detailCharacters -= detailCharacters
  }

  #next(record: CallRecord, event: CallEvent): CallView {
    const { view } = record
    if (event.type === 'call.sent') {
      const { at, server, generation } = event
      const attempts = [...view.attempts, { at, server, generation }]
      return { ...view, state: 'running', server, sentAt: view.sentAt ?? at, attempts }
    }
    if (event.type === 'call.progress') {
      const { at, progress, total, message } = event
      record.progress.push({ at, progress, total, message: message && this.#line(message) })
      return { ...view, progress: [...record.progress.items] }
    }
    if (event.type === 'question.asked') return { ...view, state: 'asking' }
    if (event.type === 'question.ended') return { ...view, state: 'running' }
    if (event.type === 'call.ended') return this.#ended(record, event.at, event.outcome)
    return view
  }

  #ended(record: CallRecord, endedAt: number, outcome: Outcome): CallView {
    const { view } = record
    record.outcome = this.#readable(outcome)
    this.#weigh(record)
    const sentAt = new Map(view.attempts.map(({ server, generation, at }) => [`${server}/${generation}`, at]))
    return {
      ...view,
      endedAt,
      state: outcome.ok ? 'answered' : 'failed',
      code: outcome.ok ? 'ok' : outcome.error.code,
      effect: outcome.ok ? 'done' : outcome.error.effect,
      ...(outcome.server === undefined ? {} : { server: outcome.server }),
      resultText: this.#line(outcome.ok ? outcome.text : outcome.error.message),
      attempts: outcome.attempts.map((attempt) => {
        const at = sentAt.get(`${attempt.server}/${attempt.generation}`)
        return at === undefined ? attempt : { ...attempt, at }
      }),
    }
  }

  #readable(outcome: Outcome): Outcome {
    if (!outcome.ok) {
      const { message, cause } = outcome.error
      const words = { message: this.whole.text(message), ...(cause ? { cause: this.whole.text(cause) } : {}) }
      return { ...outcome, error: { ...outcome.error, ...words } }
    }
    const { content, structured, text, ...rest } = outcome
    const shown = content.slice(0, maxBlocks)
    const copies = this.whole.of(shown)
    return {
      ...rest,
      content: shown.map(({ type }, index) => ({
        ...objectOf(Array.isArray(copies) ? copies[index] : undefined),
        type,
      })),
      ...(structured === undefined ? {} : { structured: this.whole.of(structured) }),
      text: this.whole.text(text),
    }
  }

  #textOf(event: CallEvent): string {
    if (event.type === 'call.started') return event.sharedWith ? 'waits for an equal call in flight' : ''
    if (event.type === 'call.sent') return `to ${event.server}, connection ${event.generation}`
    if (event.type === 'call.progress') {
      const { progress, total, message } = event
      return this.#line(`${message ?? ''} ${progress}${total === undefined ? '' : ` of ${total}`}`)
    }
    if (event.type === 'question.asked') return this.#line(event.message)
    if (event.type === 'question.ended') return event.how
    const { outcome } = event
    return outcome.ok ? `answered by ${outcome.server}` : this.#line(outcome.error.message)
  }

  #line(text: string): string {
    return this.brief.text(oneLine(text.slice(0, maxLineCharacters * 100)), maxLineCharacters)
  }
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? { ...value } : {}
}
