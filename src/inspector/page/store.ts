import type {
  ActorView,
  CallView,
  Changes,
  ConversationView,
  FunctionView,
  LiveMessage,
  PageFacts,
  ServerView,
  StepView,
} from '../wire.ts'

/** Of one page; the server keeps the same and more. */
const maxCalls = 1_000
const maxConversations = 300
const maxSteps = 2_000

export interface State {
  isConnected: boolean
  /** The program that opened this page is gone, and another one does not let it in. */
  isRefused: boolean
  /** Absent until the first snapshot. */
  facts: PageFacts | undefined
  /** By `serverKey`. */
  servers: ReadonlyMap<string, ServerView>
  functions: readonly FunctionView[]
  conversations: ReadonlyMap<string, ConversationView>
  /** In the order in which they began. */
  calls: ReadonlyMap<string, CallView>
  actors: ReadonlyMap<string, ActorView>
  /** Of the actor that is followed. */
  steps: { actorId: string; steps: readonly StepView[]; missed: number } | undefined
  /** The server's clock minus the page's. */
  clockOffsetMs: number
}

const empty: State = {
  isConnected: false,
  isRefused: false,
  facts: undefined,
  servers: new Map(),
  functions: [],
  conversations: new Map(),
  calls: new Map(),
  actors: new Map(),
  steps: undefined,
  clockOffsetMs: 0,
}

export function serverKey({ name, conversationId = '' }: { name: string; conversationId?: string }): string {
  return `${conversationId}/${name}`
}

/** What the page knows. Each change makes a new state; what did not change stays the same object. */
export class Store {
  state: State = empty

  constructor(private readonly onChange: () => void) {}

  connected(isConnected: boolean): void {
    this.#set(isConnected ? { isConnected, isRefused: false } : { isConnected })
  }

  refused(): void {
    this.#set({ isRefused: true })
  }

  /** Forgets the steps of whoever was followed before. */
  follow(actorId: string | undefined): void {
    this.#set({ steps: actorId === undefined ? undefined : { actorId, steps: [], missed: 0 } })
  }

  apply(message: LiveMessage): void {
    if (message.type === 'changes') {
      this.#set(changed(this.state, message.changes))
      return
    }
    const { at, facts, servers, functions, conversations, calls, actors } = message.snapshot
    this.#set({
      facts,
      functions,
      servers: keyed(servers, serverKey),
      conversations: keyed(conversations, ({ conversationId }) => conversationId),
      calls: keyed(calls, ({ callId }) => callId),
      actors: keyed(actors, ({ actorId }) => actorId),
      clockOffsetMs: at - Date.now(),
    })
  }

  /** Epoch milliseconds by the server's clock. */
  now(): number {
    return Date.now() + this.state.clockOffsetMs
  }

  #set(part: Partial<State>): void {
    this.state = { ...this.state, ...part }
    this.onChange()
  }
}

function changed(state: State, changes: Changes): Partial<State> {
  const part: Partial<State> = {}
  const { facts, functions, servers, removedServers, conversations, calls, actors, removedActors } = changes
  if (facts) part.facts = facts
  if (functions) part.functions = functions
  if (servers || removedServers) {
    const gone = removedServers?.map((one) => serverKey(one))
    part.servers = merged(state.servers, servers, serverKey, gone)
  }
  if (conversations) {
    const next = merged(state.conversations, conversations, ({ conversationId }) => conversationId)
    part.conversations = bounded(next, maxConversations)
  }
  if (calls)
    part.calls = bounded(
      merged(state.calls, calls, ({ callId }) => callId),
      maxCalls,
    )
  if (actors || removedActors) {
    part.actors = merged(state.actors, actors, ({ actorId }) => actorId, removedActors)
  }
  if (changes.steps && changes.steps.actorId === state.steps?.actorId) {
    const { actorId, steps, missed } = changes.steps
    part.steps = {
      actorId,
      steps: [...state.steps.steps, ...steps].slice(-maxSteps),
      missed: state.steps.missed + missed,
    }
  }
  return part
}

function keyed<Value>(values: readonly Value[], keyOf: (value: Value) => string): Map<string, Value> {
  return new Map(values.map((value) => [keyOf(value), value]))
}

function merged<Value>(
  known: ReadonlyMap<string, Value>,
  values: readonly Value[] = [],
  keyOf: (value: Value) => string,
  gone: readonly string[] = [],
): Map<string, Value> {
  const next = new Map(known)
  for (const key of gone) next.delete(key)
  for (const value of values) next.set(keyOf(value), value)
  return next
}

/** Without the oldest that have ended, where there are too many. */
function bounded<Value extends { endedAt?: number }>(
  values: Map<string, Value>,
  maxValues: number,
): Map<string, Value> {
  for (const [key, { endedAt }] of values) {
    if (values.size <= maxValues) break
    if (endedAt !== undefined) values.delete(key)
  }
  return values
}
