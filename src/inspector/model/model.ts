import type { SwitchboardEvent } from '../../contract/protocol.ts'
import { LiveMask } from '../../inspection/live-mask.ts'
import { Projection } from '../../inspection/projection.ts'
import {
  type Inspection,
  inspectionOf,
  type LiveConversationActor,
  type LivePool,
} from '../../switchboard/inspection.ts'
import type { Switchboard } from '../../switchboard.ts'
import type { FaultFacts, FaultTarget } from '../faults/faults.ts'
import type { Changes, FunctionView, PageFacts, Snapshot } from '../wire.ts'
import { ActorBook } from './actors.ts'
import { CallBook } from './calls.ts'
import { ConversationBook } from './conversations.ts'
import { functionsOf } from './functions.ts'
import type { Sight } from './observation.ts'
import { readEvent, readServerEvent, readSpeech } from './reading.ts'
import { ServerBook } from './servers.ts'

/** Pages see that much later; what happens meanwhile is read together. */
const readAfterMs = 50
const defaultRestAfterMs = 30_000
/** Of one moment; of what machines do beyond that, pages see what came of it. */
const maxUnread = 50_000
const maxWordsCharacters = 5_000
const maxWholeCharacters = 100_000

export interface ModelParts {
  switchboard: Switchboard
  facts: () => PageFacts
  faultsOf: (target: FaultTarget) => FaultFacts
  /** How long it goes on to observe when the last page has gone. Default: 30,000, so that a page loaded again misses nothing. */
  restAfterMs?: number
}

/** `isWhole`: something was dropped, only a snapshot tells all. */
export type ModelListener = (changes: Changes, at: number, isWhole: boolean) => void

/**
 * What pages see of a switchboard. Nothing is observed until somebody watches, nor long after. What happens is only noted when
 * it happens, and read a little later, so that no call waits for those who look on.
 */
export class LiveModel {
  readonly conversations = new ConversationBook()
  readonly calls: CallBook
  readonly actors: ActorBook
  readonly servers: ServerBook
  /** For what somebody looks at alone. */
  readonly whole: Projection
  readonly #inspection: Inspection
  readonly #mask: LiveMask
  readonly #brief: Projection
  readonly #listeners = new Set<ModelListener>()
  readonly #offs = new Map<object, () => void>()
  readonly #pools = new Set<LivePool>()
  readonly #met = new Set<string>()
  #unread: (Sight | (() => void))[] = []
  #dropped = 0
  #functions: FunctionView[] | undefined
  #functionsChanged = false
  #factsChanged = false
  /** Why a configuration that was changed is not used. */
  #rejected: string | undefined
  #reading: NodeJS.Timeout | undefined
  #resting: NodeJS.Timeout | undefined
  #isWatching = false

  constructor(private readonly parts: ModelParts) {
    this.#inspection = inspectionOf(parts.switchboard)
    this.#mask = new LiveMask(this.#inspection)
    this.#brief = new Projection(this.#mask.mask)
    this.whole = new Projection(this.#mask.mask, maxWholeCharacters)
    this.calls = new CallBook(this.#brief, this.whole)
    this.actors = new ActorBook(this.#brief)
    const inFlightOf = ({ name, conversationId }: FaultTarget) =>
      [...this.#pools].find((live) => live.conversationId === conversationId)?.pool.inFlight(name) ?? 0
    this.servers = new ServerBook(this.#brief, parts.faultsOf, inFlightOf)
  }

  /** Returns the way to look away. */
  watch(listener: ModelListener): () => void {
    clearTimeout(this.#resting)
    this.#listeners.add(listener)
    this.#begin()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      const { restAfterMs = defaultRestAfterMs } = this.parts
      this.#resting = setTimeout(() => this.#rest(), restAfterMs).unref()
    }
  }

  /** Nothing is observed. */
  get isResting(): boolean {
    return !this.#isWatching
  }

  snapshot(): Snapshot {
    this.#read()
    return {
      at: Date.now(),
      facts: this.#facts(),
      servers: this.servers.views,
      functions: this.#functionViews(),
      conversations: this.conversations.views,
      calls: this.calls.views,
      actors: this.actors.views,
    }
  }

  /** What `facts` gives is another now. */
  factsChanged(): void {
    this.#factsChanged = true
    this.#readSoon()
  }

  /** What was done to a server, or may be. */
  faultsChanged(target: FaultTarget): void {
    this.servers.touch(target)
    this.#readSoon()
  }

  /** What was said, as a voice side heard it. */
  words(conversationId: string, who: 'caller' | 'agent', at: number, text: string): void {
    if (!this.#isWatching) return
    const said = () => this.#brief.text(text, maxWordsCharacters)
    this.#later(() => this.conversations.words(conversationId, who, at, said()))
  }

  close(): void {
    this.#listeners.clear()
    clearTimeout(this.#resting)
    this.#rest()
    this.#mask.stop()
  }

  #begin(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    this.actors.allDone()
    const { pools, conversations } = this.#inspection
    const offs = [
      pools.watch((pool, isThere) => (isThere ? this.#enter(pool) : this.#leave(pool))),
      conversations.watch((one, isThere) => (isThere ? this.#meet(one) : this.#part(one))),
      this.parts.switchboard.subscribe((event) =>
        this.#later(() => {
          readEvent(this, event, this.#brief)
          this.#readConfiguration(event)
        }),
      ),
    ]
    this.#offs.set(this, () => {
      for (const off of offs) off()
    })
    // Since somebody looked last, much may have gone.
    const statuses = [...this.#pools].flatMap(({ pool, conversationId }) =>
      pool.statuses.map(({ name }) => ({ name, conversationId })),
    )
    this.servers.keepOnly(statuses)
    this.conversations.keepOpen(this.#met)
  }

  #rest(): void {
    clearTimeout(this.#reading)
    this.#reading = undefined
    this.#unread = []
    this.#isWatching = false
    this.#pools.clear()
    this.#met.clear()
    this.calls.forgetOpen()
    this.conversations.pause(Date.now())
    for (const off of this.#offs.values()) off()
    this.#offs.clear()
  }

  #enter(live: LivePool): void {
    const { pool, conversationId } = live
    this.#pools.add(live)
    const at = Date.now()
    for (const status of pool.statuses) this.servers.update(status, conversationId, at)
    const facts = { systemId: systemIdOf(live), ...(conversationId === undefined ? {} : { conversationId }) }
    const offEvents = pool.subscribe((event) =>
      this.#later(() => {
        readServerEvent(this.servers, event, conversationId)
        if (event.type === 'functions.changed') this.#forgetFunctions()
      }),
    )
    const offActors = this.actors.watch(pool.actor, facts, at, this.#see)
    this.#forgetFunctions()
    this.#offs.set(live, () => {
      offEvents()
      offActors()
    })
  }

  #leave(live: LivePool): void {
    this.#pools.delete(live)
    this.#end(live)
    const { conversationId } = live
    this.#later(() => {
      this.actors.leave(systemIdOf(live))
      if (conversationId !== undefined) this.servers.leave(conversationId)
    })
    this.#forgetFunctions()
  }

  #meet(live: LiveConversationActor): void {
    const { actor, conversation } = live
    const at = Date.now()
    const facts = { systemId: `conversation ${conversation.id}`, conversationId: conversation.id }
    this.conversations.begin(conversation.id, live.startedAt)
    const off = this.actors.watch(actor, facts, at, this.#see)
    this.#met.add(conversation.id)
    this.#offs.set(live, off)
    this.#readSoon()
  }

  #part(live: LiveConversationActor): void {
    const at = Date.now()
    // What was noted before comes first.
    this.#later(() => {
      const { id } = live.conversation
      this.#end(live)
      this.#met.delete(id)
      this.actors.leave(`conversation ${id}`)
      this.conversations.end(id, at)
    })
  }

  #end(live: object): void {
    this.#offs.get(live)?.()
    this.#offs.delete(live)
  }

  readonly #see = (sight: Sight): void => {
    if (this.#unread.length >= maxUnread) this.#dropped += 1
    else this.#unread.push(sight)
    this.#readSoon()
  }

  /** Never dropped: what is missed so is missed for good. */
  #later(read: () => void): void {
    this.#unread.push(read)
    this.#readSoon()
  }

  #readSoon(): void {
    if (this.#reading !== undefined || !this.#isWatching) return
    this.#reading = setTimeout(() => {
      this.#reading = undefined
      this.#publish()
    }, readAfterMs).unref()
  }

  #read(): void {
    const unread = this.#unread
    this.#unread = []
    for (const one of unread) {
      if (typeof one === 'function') one()
      else {
        this.actors.read(one)
        readSpeech(this.conversations, one)
      }
    }
    if (this.#dropped > 0) this.actors.refresh(Date.now())
  }

  #publish(): void {
    this.#read()
    const isWhole = this.#dropped > 0
    this.#dropped = 0
    const changes = this.#takeChanges()
    for (const listener of this.#listeners) listener(changes, Date.now(), isWhole)
  }

  #takeChanges(): Changes {
    const servers = this.servers.takeChanged()
    const actors = this.actors.takeChanged()
    const functions = this.#functionsChanged ? this.#functionViews() : undefined
    this.#functionsChanged = false
    const calls = this.calls.takeChanged()
    const conversations = this.conversations.takeChanged()
    const facts = this.#factsChanged ? { facts: this.#facts() } : {}
    this.#factsChanged = false
    return {
      ...facts,
      ...(servers.changed.length > 0 ? { servers: servers.changed } : {}),
      ...(servers.removed.length > 0 ? { removedServers: servers.removed } : {}),
      ...(functions ? { functions } : {}),
      ...(conversations.length > 0 ? { conversations } : {}),
      ...(calls.length > 0 ? { calls } : {}),
      ...(actors.changed.length > 0 ? { actors: actors.changed } : {}),
      ...(actors.removed.length > 0 ? { removedActors: actors.removed } : {}),
    }
  }

  #functionViews(): FunctionView[] {
    this.#functions ??= [...this.#pools].flatMap((live) => functionsOf(live, this.#brief))
    return this.#functions
  }

  #readConfiguration(event: SwitchboardEvent): void {
    if (event.type !== 'configuration.changed' && event.type !== 'configuration.rejected') return
    this.#rejected = event.type === 'configuration.rejected' ? this.#brief.text(event.reason) : undefined
    this.#factsChanged = true
  }

  #facts(): PageFacts {
    const facts = this.parts.facts()
    if (this.#rejected === undefined) return facts
    const rejected = `The configuration was changed, and cannot be used: ${this.#rejected}. The old one stays.`
    return { ...facts, warnings: [rejected, ...facts.warnings] }
  }

  #forgetFunctions(): void {
    this.#functions = undefined
    this.#functionsChanged = true
    // What can be said follows from them.
    this.#factsChanged = true
  }
}

function systemIdOf({ conversationId }: LivePool): string {
  return conversationId === undefined ? 'servers' : `servers of ${conversationId}`
}
