import type { AnyActor } from 'xstate'
import type { Disturbances } from '../actors/disturbances.ts'
import type { ServerEntry } from '../config/definition.ts'
import type { Conversation, FunctionInfo, ServerStatus } from '../contract/protocol.ts'
import type { Listener } from './publisher.ts'
import type { Telemetry } from './telemetry.ts'

/** A supervisor with its servers, as one sees it from outside. */
export interface InspectedPool {
  readonly actor: AnyActor
  readonly entries: readonly ServerEntry[]
  readonly statuses: ServerStatus[]
  readonly functions: FunctionInfo[]
  subscribe(listener: Listener): () => void
  /** It was started, and not stopped. */
  readonly isRunning: boolean
  restart(name: string): void
  /** Calls that a server has now. */
  inFlight(name: string): number
  /** Names of entries that are there and taken for absent. */
  readonly disabled: ReadonlySet<string>
  /** From now on its entry is taken for absent: its calls may finish, and its functions go. `configure()` changes nothing of that. */
  disable(name: string): void
  enable(name: string): void
  /** What its connections obey, by the definitions of `entries`. */
  readonly disturbances: Disturbances | undefined
}

/** `conversationId`: the conversation that they belong to; absent where all share them. */
export interface LivePool {
  readonly pool: InspectedPool
  readonly conversationId?: string
}

export interface LiveConversationActor {
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly actor: AnyActor
  readonly conversation: Conversation
}

/** Things that come and go. */
export class LiveSet<Item> {
  readonly #items = new Set<Item>()
  readonly #watchers = new Set<(item: Item, isThere: boolean) => void>()

  add(item: Item): void {
    this.#items.add(item)
    for (const watcher of this.#watchers) watcher(item, true)
  }

  delete(item: Item): void {
    if (!this.#items.delete(item)) return
    for (const watcher of this.#watchers) watcher(item, false)
  }

  [Symbol.iterator](): IterableIterator<Item> {
    return this.#items.values()
  }

  /** Hears at once of all that are there, then of each that comes or goes. Returns the unsubscriber. */
  watch(watcher: (item: Item, isThere: boolean) => void): () => void {
    for (const item of this.#items) watcher(item, true)
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }
}

/** What the page needs of a switchboard beside its public object: the machines themselves. */
export class Inspection {
  readonly pools = new LiveSet<LivePool>()
  readonly conversations = new LiveSet<LiveConversationActor>()
  /** What `recordTo` writes. */
  tapeFile: string | undefined
  /** For who passes on calls of others. */
  telemetry: Telemetry | undefined
}

const inspections = new WeakMap<object, Inspection>()

export function makeInspectable(switchboard: object): Inspection {
  const inspection = new Inspection()
  inspections.set(switchboard, inspection)
  return inspection
}

/** What measures a switchboard; nothing where nothing does, or where it was not made by `createSwitchboard`. */
export function telemetryOf(switchboard: object): Telemetry | undefined {
  return inspections.get(switchboard)?.telemetry
}

/** @throws Error for what was not made by `createSwitchboard` of this very package */
export function inspectionOf(switchboard: object): Inspection {
  const inspection = inspections.get(switchboard)
  if (!inspection) {
    throw new Error(
      'this is no switchboard of this copy of mcp-switchboard; make it with its createSwitchboard()',
    )
  }
  return inspection
}
