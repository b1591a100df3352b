import { Future, type llm } from '@livekit/agents'
import { cap, clean } from '../../text/text.ts'
import { type ClientEvent, type EndpointError, isToolsUpdate, type ServerEvent } from './realtime-events.ts'
import { blamedPlaces, RefusalSearch } from './refusal.ts'

type Tools = readonly llm.FunctionTool[]

interface ToolListOptions {
  /** Sends the whole list; the event has to come to `sent` when it goes out. */
  push(tools: Tools): void
  /** The endpoint does not take this one, and why. It is not tried again. */
  onRefused(tool: llm.FunctionTool, reason: string): void
  onProblem(message: string): void
  /** How long an answer may take before the list is sent again; doubled each time. Default: 5000. */
  confirmWithinMs?: number | undefined
}

const maxConfirmWithinMs = 60_000

interface Push {
  tools: Tools
  /** Absent until it goes out. */
  eventId?: string
}

/**
 * The list of tools at the model: pushed until the endpoint confirms it, one push at a time, the newest list first.
 *
 * Silence: it is pushed again, after an ever longer wait, while the session lives. A refusal: the tool to blame is left
 * out, found from the error or by trying, and the others are offered. A refusal of anything at all, or an error that is not
 * about the list, is tried again like silence. A lost connection: the plugin repeats the last push.
 */
export class ToolList {
  readonly #options: ToolListOptions
  readonly #refused = new WeakSet<llm.FunctionTool>()
  readonly #waiting = new Set<Future<void>>()
  #wanted: Tools = []
  /** What the model has on this connection. */
  #taken: Tools = []
  /** False while the model may have something else than it last confirmed. */
  #isSure = true
  #lastPushed: Tools = []
  #push: Push | undefined
  #search: RefusalSearch<llm.FunctionTool> | undefined
  /** Updates of the session that are not answered, oldest first: answers come in order and name no update. */
  #unanswered: (string | undefined)[] = []
  #silences = 0
  #refusal = ''
  #lastProblem = ''
  #timer: NodeJS.Timeout | undefined
  #closedBy: Error | undefined

  constructor(options: ToolListOptions) {
    this.#options = options
  }

  /** What a call of the model may be about: what it has, and what it is being told of. */
  get tools(): Tools {
    const names = new Set(this.#lastPushed.map(({ name }) => name))
    return [...this.#lastPushed, ...this.#taken.filter(({ name }) => !names.has(name))]
  }

  /** Whether the model has the newest list, but for what it refuses. */
  get confirmed(): boolean {
    const isStill = this.#push === undefined && this.#timer === undefined
    return isStill && this.#isSure && areSame(this.#offer, this.#taken)
  }

  /** Resolves when the model has the newest list; rejects when the session ends before. */
  whenConfirmed(): Promise<void> {
    if (this.#closedBy !== undefined) return Promise.reject(this.#closedBy)
    if (this.confirmed) return Promise.resolve()
    const future = new Future<void>()
    this.#waiting.add(future)
    future.await.catch(() => {})
    return future.await
  }

  want(tools: Tools): void {
    this.#wanted = tools
    this.#search = undefined
    this.#silences = 0
    if (this.#push !== undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#next()
  }

  sent(event: ClientEvent): void {
    if (event.type !== 'session.update') return
    this.#unanswered.push(event.event_id)
    if (!isToolsUpdate(event) || event.event_id === undefined) return
    this.#push = { tools: this.#lastPushed, eventId: event.event_id }
    this.#waitThen(() => this.#sendAgain())
  }

  heard(event: ServerEvent): void {
    if (event.type === 'session.updated') this.#updated(event.session?.tools?.map(({ name }) => name))
    if (event.type !== 'error' || event.error?.event_id == null) return
    const at = this.#unanswered.indexOf(event.error.event_id)
    if (at === -1) return
    const [eventId] = this.#unanswered.splice(at, 1)
    if (this.#push !== undefined && eventId === this.#push.eventId) this.#onRefusal(this.#push, event.error)
  }

  /** The connection is gone, and with it what the model knew. */
  lost(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#unanswered = []
    this.#taken = []
    this.#isSure = true
    this.#search = undefined
    // What was on its way is repeated by the plugin, if it is not empty.
    this.#push = { tools: this.#lastPushed }
  }

  /** The plugin has told a new connection what it repeats. */
  resumed(): void {
    if (this.#push?.eventId !== undefined) return
    this.#push = undefined
    this.#next()
  }

  /** The session is over. */
  close(reason: Error): void {
    this.#closedBy ??= reason
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#push = undefined
    for (const future of this.#waiting) future.reject(reason)
    this.#waiting.clear()
  }

  get #offer(): Tools {
    return this.#wanted.filter((tool) => !this.#refused.has(tool))
  }

  #next(): void {
    if (this.#closedBy !== undefined || this.#push !== undefined) return
    const tools = this.#search?.next ?? this.#offer
    if (this.#isSure && areSame(tools, this.#taken)) {
      for (const future of this.#waiting) future.resolve()
      this.#waiting.clear()
      return
    }
    this.#push = { tools }
    this.#lastPushed = tools
    this.#options.push(tools)
  }

  #updated(names: string[] | undefined): void {
    const eventId = this.#unanswered.shift()
    const push = this.#push
    if (push === undefined || eventId === undefined || eventId !== push.eventId) return
    // An answer with another list is none: that list may be of an update before.
    if (names !== undefined && !areSame(names.toSorted(), namesOf(push.tools).toSorted())) return
    this.#taken = push.tools
    this.#isSure = true
    this.#silences = 0
    this.#lastProblem = ''
    this.#answered()
    this.#searched(this.#search?.answered(true) ?? [])
    this.#next()
  }

  #onRefusal(push: Push, error: EndpointError): void {
    this.#answered()
    this.#refusal = cap(clean(error.message), 300)
    const blamed = blamedPlaces(error, namesOf(push.tools))
    if (blamed === 'not the list') this.#searched('anything is refused')
    else if (blamed !== 'not said') {
      this.#search = undefined
      this.#refuse(blamed.flatMap((place) => push.tools[place] ?? []))
    } else if (this.#search !== undefined) this.#searched(this.#search.answered(false))
    else if (areSame(push.tools, this.#offer)) {
      this.#search = new RefusalSearch(push.tools, this.#taken)
      this.#searched(this.#search.start())
    }
    if (this.#timer === undefined) this.#next()
  }

  #searched(found: Tools | 'anything is refused'): void {
    if (found !== 'anything is refused') this.#refuse(found)
    else {
      this.#search = undefined
      this.#report(`the model did not take the list of functions, and is told again: ${this.#refusal}`)
      this.#waitThen(() => {
        this.#silences += 1
        this.#next()
      })
    }
    if (this.#search?.next === undefined) this.#search = undefined
  }

  #refuse(tools: Tools): void {
    for (const tool of tools) {
      this.#refused.add(tool)
      this.#options.onRefused(tool, this.#refusal)
    }
  }

  #sendAgain(): void {
    this.#report('the model has not confirmed the list of functions, and is told again')
    this.#silences += 1
    this.#unanswered = []
    // It may have been taken without a word.
    this.#isSure = false
    this.#push = undefined
    this.#next()
  }

  #report(problem: string): void {
    if (problem !== this.#lastProblem) this.#options.onProblem(problem)
    this.#lastProblem = problem
  }

  #answered(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#push = undefined
  }

  #waitThen(act: () => void): void {
    clearTimeout(this.#timer)
    const firstMs = this.#options.confirmWithinMs ?? 5_000
    const waitMs = Math.min(firstMs * 2 ** this.#silences, Math.max(firstMs, maxConfirmWithinMs))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      act()
    }, waitMs)
  }
}

function namesOf(tools: Tools): string[] {
  return tools.map(({ name }) => name)
}

function areSame<Item>(some: readonly Item[], others: readonly Item[]): boolean {
  return some.length === others.length && some.every((item, index) => item === others[index])
}
