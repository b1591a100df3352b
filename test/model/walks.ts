import type { AnyMachineSnapshot, AnyStateMachine, EventFromLogic, EventObject, SnapshotFrom } from 'xstate'
import {
  adjacencyMapToArray,
  createTestModel,
  type StatePath,
  type TestModel,
  type TestPath,
} from 'xstate/graph'

type Path = StatePath<AnyMachineSnapshot, EventObject>

/** Its shortest paths take every transition, also one that stays in its state, or for which there is a shorter way. */
export function modelOf<Machine extends AnyStateMachine>(
  machine: Machine,
): TestModel<SnapshotFrom<Machine>, EventFromLogic<Machine>, unknown> {
  return createTestModel(machine, {
    serializeTransition: (state, event, previous) =>
      event === undefined || previous === undefined ? '' : transitionOf(previous, event, state),
  })
}

/** A path in a test's name can be read up to here. */
const maxEvents = 6

/** Paths that take every transition: shortest ones, each going on while something new is at hand, so that few are enough. */
export function pathsOf<Snapshot extends AnyMachineSnapshot, Event extends EventObject>(
  model: TestModel<Snapshot, Event, unknown>,
): TestPath<Snapshot, Event>[] {
  const edges = edgesOf(model)
  const taken = new Set<string>()
  const goOn = (path: TestPath<Snapshot, Event>): TestPath<Snapshot, Event> => {
    for (const transition of transitionsOf(path)) taken.add(transition)
    const events = path.steps.slice(1).map(({ event }) => event)
    const next = edges.find(({ from, name }) => from === nameOf(path.state) && !taken.has(name))
    if (!next || events.length >= maxEvents) return path
    const [longer] = model.getPathsFromEvents([...events, next.event])
    return longer ? goOn(longer) : path
  }
  return model
    .getShortestPaths()
    .flatMap((path) => (transitionsOf(path).every((one) => taken.has(one)) ? [] : goOn(path)))
}

/** The events of a path, in order. */
export function eventsOf({ steps }: Path): string {
  const types = steps.slice(1).map(({ event }) => event.type)
  return types.join(' → ')
}

/** Which states and transitions of a model were walked by paths that held. */
export class Walked {
  readonly #states: ReadonlySet<string>
  readonly #transitions: ReadonlySet<string>
  readonly #walked = new Set<string>()
  readonly #begun = new Set<string>()

  constructor(
    private readonly name: string,
    edges: readonly Edge<EventObject>[],
  ) {
    this.#states = new Set(edges.flatMap(({ from, to }) => [from, to]))
    this.#transitions = new Set(edges.map(({ name }) => name))
  }

  /** How many paths were begun. */
  get paths(): number {
    return this.#begun.size
  }

  begin(path: Path): void {
    this.#begun.add(eventsOf(path))
  }

  /** It held. */
  add(path: Path): void {
    for (const { state } of path.steps) this.#walked.add(nameOf(state))
    for (const transition of transitionsOf(path)) this.#walked.add(transition)
  }

  get missing(): string[] {
    return [...this.#states, ...this.#transitions].filter((one) => !this.#walked.has(one))
  }

  /** One line. */
  get summary(): string {
    const states = `states ${this.#share(this.#states)}`
    return `${this.name}: ${this.paths} paths, ${states}, transitions ${this.#share(this.#transitions)}`
  }

  #share(all: ReadonlySet<string>): string {
    return `${[...all].filter((one) => this.#walked.has(one)).length}/${all.size}`
  }
}

interface Edge<Event extends EventObject> {
  name: string
  from: string
  event: Event
  to: string
}

/** One for each way to come to its start. */
export function edgesOf<Snapshot extends AnyMachineSnapshot, Event extends EventObject>(
  model: TestModel<Snapshot, Event, unknown>,
): Edge<Event>[] {
  return adjacencyMapToArray(model.getAdjacencyMap()).map(({ state, event, nextState }) => ({
    name: transitionOf(state, event, nextState),
    ...{ from: nameOf(state), event, to: nameOf(nextState) },
  }))
}

/** The first step is the start. */
function transitionsOf({ steps }: Path): string[] {
  return steps.flatMap(({ event, state }, position) => {
    const previous = steps[position - 1]
    return previous ? transitionOf(previous.state, event, state) : []
  })
}

function transitionOf(from: AnyMachineSnapshot, event: EventObject, to: AnyMachineSnapshot): string {
  return `${nameOf(from)} --${event.type}--> ${nameOf(to)}`
}

function nameOf({ value }: AnyMachineSnapshot): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
