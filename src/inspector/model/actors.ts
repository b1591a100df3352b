import { type ActorRefLike, type AnyActor, type AnyMachineSnapshot, isMachineSnapshot } from 'xstate'
import type { Projection } from '../../inspection/projection.ts'
import { activeStatesOf, edgeIdOf } from '../charts/identity.ts'
import type { ActorDetails, ActorView, MachineName, StepDetails, StepView } from '../wire.ts'
import { forgetOldest, Newest } from './bounded.ts'
import { actorsBelow, observe, type Sight, type SystemFacts } from './observation.ts'
import { timersOf } from './timers.ts'

const maxSteps = 500
const maxDone = 200
const machineNames: readonly MachineName[] = ['supervisor', 'server', 'call', 'conversation']

/** Large parts that many contexts hold. */
const shared = new Set(['policy', 'entry', 'tools', 'rejected', 'input'])

interface ActorRecord {
  /** Until it has ended: what it held may be large. */
  actor: AnyActor | undefined
  facts: SystemFacts
  view: ActorView
  steps: Newest<StepDetails>
  lastNumber: number
  /** After its last step. */
  context?: { original: Record<string, unknown>; copy: Record<string, unknown> }
}

/** The machines that live, and their last steps. */
export class ActorBook {
  readonly #records = new Map<string, ActorRecord>()
  readonly #ids = new WeakMap<ActorRefLike, string>()
  /** Transitions of an actor that has not settled yet. */
  readonly #taken = new Map<ActorRefLike, string[]>()
  readonly #copies = new WeakMap<object, unknown>()
  readonly #changed = new Set<string>()
  readonly #removed = new Set<string>()
  #numberOfActors = 0

  constructor(private readonly projection: Projection) {}

  get views(): ActorView[] {
    this.#readTimers(this.#records.keys())
    return [...this.#records.values()].map(({ view }) => view)
  }

  /** Of an actor's last steps, those after `afterNumber`. */
  stepsOf(actorId: string, afterNumber = 0): StepView[] {
    const steps = this.#records.get(actorId)?.steps.items ?? []
    return steps.filter(({ step }) => step.number > afterNumber).map(({ step }) => step)
  }

  /** As it is now, whatever was seen of it. */
  details(actorId: string): ActorDetails | undefined {
    const record = this.#records.get(actorId)
    const snapshot: unknown = record?.actor?.getSnapshot()
    if (isMachineSnapshot(snapshot)) return { context: this.projection.of(snapshot.context) }
    const last = record?.steps.last
    return last && { context: last.context }
  }

  step(actorId: string, number: number): StepDetails | undefined {
    return this.#records.get(actorId)?.steps.items.find(({ step }) => step.number === number)
  }

  /** Those that changed, and the ids of those that were forgotten, since this was last asked. */
  takeChanged(): { changed: ActorView[]; removed: string[] } {
    this.#readTimers(this.#changed)
    const changed = [...this.#changed].flatMap((actorId) => this.#records.get(actorId)?.view ?? [])
    const removed = [...this.#removed]
    this.#changed.clear()
    this.#removed.clear()
    return { changed, removed }
  }

  /** Sees what the system does from now on. `see` is given each sight at once; it comes back to `read` when there is time. */
  watch(root: AnyActor, facts: SystemFacts, at: number, see: (sight: Sight) => void): () => void {
    for (const actor of actorsBelow(root)) {
      const snapshot: unknown = actor.getSnapshot()
      if (!isMachineSnapshot(snapshot)) continue
      const record = this.#record(actor, snapshot, facts, at)
      if (record) this.#meet(record, snapshot, at)
    }
    return observe(root, facts, see)
  }

  /** What lived in a system that nobody watches any more. */
  leave(systemId: string): void {
    for (const record of this.#records.values()) if (record.facts.systemId === systemId) this.#done(record)
    this.#forget()
  }

  /** Some sights were dropped: all who live are looked at as they are now. */
  refresh(at: number): void {
    this.#taken.clear()
    for (const record of this.#records.values()) {
      const snapshot: unknown = record.actor?.getSnapshot()
      if (isMachineSnapshot(snapshot)) this.#meet(record, snapshot, at)
    }
  }

  /** Nobody has watched for a while: who lives still is met again. */
  allDone(): void {
    for (const record of this.#records.values()) this.#done(record)
  }

  read({ at, system, seen }: Sight): void {
    const { actorRef: actor, snapshot, event } = seen
    if (seen.type === '@xstate.microstep') {
      const taken = this.#taken.get(actor) ?? []
      taken.push(...seen._transitions.map(edgeIdOf))
      this.#taken.set(actor, taken)
      return
    }
    const transitions = this.#taken.get(actor) ?? []
    this.#taken.delete(actor)
    if (!isMachineSnapshot(snapshot) || !isActor(actor)) return
    const isNew = !this.#ids.has(actor)
    const record = this.#record(actor, snapshot, system, at)
    if (!record || (transitions.length === 0 && !isNew)) return
    const activeStates = activeStatesOf(snapshot)
    record.lastNumber += 1
    const step: StepView = { number: record.lastNumber, at, event: event.type, transitions, activeStates }
    record.steps.push({
      step,
      event: this.projection.of(event),
      context: this.#contextOf(record, snapshot),
    })
    this.#meet(record, snapshot, at)
    if (!record.view.isDone) return
    this.#letGo(record)
    this.#forget()
  }

  /** As it is now. */
  #meet(record: ActorRecord, snapshot: AnyMachineSnapshot, at: number): void {
    const { view } = record
    const activeStates = activeStatesOf(snapshot)
    const isSame = activeStates.join() === view.activeStates.join()
    record.view = {
      ...view,
      ...namesOf(snapshot),
      activeStates,
      since: isSame ? view.since : at,
      isDone: snapshot.status !== 'active',
    }
    this.#changed.add(view.actorId)
  }

  /** Machines never change what they hold, they replace it: a copy holds as long as the field is the same. */
  #contextOf(record: ActorRecord, { context }: AnyMachineSnapshot): Record<string, unknown> {
    const before = record.context
    const copy: Record<string, unknown> = {}
    for (const [key, value] of Object.entries<unknown>(context)) {
      const isSame = before !== undefined && before.original[key] === value
      const copied = isSame ? before.copy[key] : this.#copyOf(key, value)
      if (copied !== undefined) copy[key] = copied
    }
    record.context = { original: context, copy }
    return copy
  }

  #copyOf(key: string, value: unknown): unknown {
    if (!shared.has(key) || typeof value !== 'object' || value === null) return this.projection.of(value)
    const copy = this.#copies.get(value) ?? this.projection.of(value)
    this.#copies.set(value, copy)
    return copy
  }

  #record(
    actor: AnyActor,
    snapshot: AnyMachineSnapshot,
    facts: SystemFacts,
    at: number,
  ): ActorRecord | undefined {
    const machine = machineNames.find((name) => name === snapshot.machine.id)
    if (!machine) return undefined
    const known = this.#records.get(this.#ids.get(actor) ?? '')
    if (known) {
      known.actor = actor
      return known
    }
    this.#numberOfActors += 1
    const actorId = `${machine}-${this.#numberOfActors}`
    this.#ids.set(actor, actorId)
    const parentId = actor._parent && this.#ids.get(actor._parent)
    const { conversationId } = facts
    const record: ActorRecord = {
      actor,
      facts,
      view: {
        ...{ actorId, machine, label: labelOf(machine, facts), ...namesOf(snapshot) },
        ...(parentId === undefined ? {} : { parentId }),
        ...(conversationId === undefined ? {} : { conversationId }),
        ...{ activeStates: activeStatesOf(snapshot), since: sinceOf(snapshot) ?? at, timers: [] },
        isDone: snapshot.status !== 'active',
      },
      steps: new Newest(maxSteps),
      lastNumber: 0,
    }
    this.#records.set(actorId, record)
    this.#changed.add(actorId)
    return record
  }

  #done(record: ActorRecord): void {
    if (record.view.isDone) return
    record.view = { ...record.view, isDone: true, timers: [] }
    this.#letGo(record)
    this.#changed.add(record.view.actorId)
  }

  #letGo(record: ActorRecord): void {
    record.actor = undefined
    delete record.context
  }

  #forget(): void {
    const done = [...this.#records.values()].filter(({ view }) => view.isDone).length
    const maxRecords = this.#records.size - done + maxDone
    for (const actorId of forgetOldest(this.#records, maxRecords, ({ view }) => view.isDone)) {
      this.#changed.delete(actorId)
      this.#removed.add(actorId)
    }
  }

  /** XState keeps them for a whole system. */
  #readTimers(actorIds: Iterable<string>): void {
    const systems = new Map<unknown, ReturnType<typeof timersOf>>()
    for (const actorId of actorIds) {
      const record = this.#records.get(actorId)
      if (!record?.actor) continue
      const { system } = record.actor
      const timers = systems.get(system) ?? timersOf(system)
      systems.set(system, timers)
      record.view = { ...record.view, timers: timers.get(record.actor) ?? [] }
    }
  }
}

/** Ids that are made here are long; their beginning tells them apart. */
function labelOf(machine: MachineName, { conversationId = '' }: SystemFacts): string {
  return machine === 'conversation' ? `conversation ${conversationId.slice(0, 8)}` : machine
}

/** What a machine is about, as its context tells. */
function namesOf({ machine, context }: AnyMachineSnapshot): Partial<ActorView> {
  if (machine.id === 'server') return { label: context.entry.name, server: context.entry.name }
  if (machine.id === 'call') return { label: context.input.functionName, callId: context.input.callId }
  return {}
}

/** Of a server that was there before anybody looked; of others nobody knows. */
function sinceOf({ machine, context }: AnyMachineSnapshot): number | undefined {
  return machine.id === 'server' ? context.since : undefined
}

function isActor(actor: ActorRefLike): actor is AnyActor {
  return 'system' in actor && 'getSnapshot' in actor
}
