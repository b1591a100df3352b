import {
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  type InspectionEvent,
  isMachineSnapshot,
} from 'xstate'

/**
 * The states and transitions of some machines, and which of them were seen. What there is comes from the machines
 * themselves; what was seen, from any of their actors, also of copies that `provide()` made.
 *
 * Each candidate of a guarded list counts by itself; that an initial state is entered is no transition.
 */
export class MachineCoverage {
  readonly states = new Checklist()
  readonly transitions = new Checklist()

  constructor(machines: readonly AnyStateMachine[]) {
    for (const { root } of machines) this.#list(root)
  }

  /** To be given to an actor as `inspect`; may hear many of them. */
  readonly inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.microstep' && event.type !== '@xstate.snapshot') return
    if (isMachineSnapshot(event.snapshot)) this.#enter(event.snapshot._nodes)
    if (event.type !== '@xstate.microstep') return
    for (const transition of event._transitions) {
      this.transitions.tick(nameOfTransition(transition))
      // An initial state that is left at once is in no snapshot.
      if (transition.eventType === '') this.#enter([transition.source])
    }
  }

  #enter(nodes: readonly AnyStateNode[]): void {
    for (const node of nodes) if (node.parent) this.states.tick(nameOfState(node))
  }

  #list(node: AnyStateNode): void {
    if (node.parent) this.states.add(nameOfState(node))
    for (const transition of [...node.transitions.values(), node.always ?? []].flat()) {
      this.transitions.add(nameOfTransition(transition))
    }
    for (const child of Object.values(node.states)) this.#list(child)
  }
}

/** Names, and whether each was seen. */
class Checklist {
  readonly #seen = new Map<string, boolean>()

  /** @throws Error if it is there already: two things of one name would be counted as one. */
  add(name: string): void {
    if (this.#seen.has(name)) throw new Error(`there are two of the name ${name}`)
    this.#seen.set(name, false)
  }

  /** A name that is not in the list belongs to another machine. */
  tick(name: string): void {
    if (this.#seen.has(name)) this.#seen.set(name, true)
  }

  get all(): string[] {
    return [...this.#seen.keys()]
  }

  get missing(): string[] {
    return this.all.filter((name) => !this.#seen.get(name))
  }
}

const stateNames = new WeakMap<AnyStateNode, string>()
const transitionNames = new WeakMap<AnyTransitionDefinition, string>()

/** Such as `server: reconnecting.waiting`. */
function nameOfState(node: AnyStateNode): string {
  return remembered(stateNames, node, () => `${node.machine.id}: ${pathOf(node)}`)
}

/** Such as `server: ready --connection.checked[isGood]--> (ready)`; in brackets: it stays there. */
function nameOfTransition(transition: AnyTransitionDefinition): string {
  return remembered(transitionNames, transition, () => {
    const { source, target } = transition
    const to = target === undefined ? `(${pathOf(source)})` : target.map(pathOf).join(', ')
    return `${nameOfState(source)} --${eventOf(transition)}${conditionOf(transition)}--> ${to}`
  })
}

function remembered<Key extends object>(names: WeakMap<Key, string>, key: Key, make: () => string): string {
  const known = names.get(key)
  if (known !== undefined) return known
  const name = make()
  names.set(key, name)
  return name
}

function pathOf(node: AnyStateNode): string {
  return node.parent ? node.path.join('.') : 'any state'
}

function eventOf({ eventType, source }: AnyTransitionDefinition): string {
  if (eventType === '') return 'always'
  const [, delay] = eventType.split('xstate.after.')
  return delay === undefined ? eventType : `after ${delay.slice(0, -`.${source.id}`.length)}`
}

/** The guard by its name; one without a name by its position, counted from 1. */
function conditionOf(transition: AnyTransitionDefinition): string {
  const { source, eventType, guard } = transition
  const candidates = (eventType === '' ? source.always : source.transitions.get(eventType)) ?? []
  if (guard === undefined) return candidates.length > 1 ? '[else]' : ''
  if (typeof guard === 'function') return `[#${candidates.indexOf(transition) + 1}]`
  return `[${typeof guard === 'string' ? guard : guard.type}]`
}
