import type { ActorView } from '../../../wire.ts'
import { duration } from '../../words.ts'

const flashMs = 1_500

/** The statechart of one machine: the same picture for each actor of it, lit by what that one does. */
export class Picture {
  readonly #states: ReadonlyMap<string, Element>
  readonly #edges: ReadonlyMap<string, Element>
  readonly #countdowns: ReadonlyMap<string, Element>
  readonly #flashes = new Map<Element, ReturnType<typeof setTimeout>>()
  /** In pixels, where it is neither enlarged nor reduced. */
  readonly size: { width: number; height: number }
  readonly #title: string

  /** @throws Error where the text is no picture */
  static read(text: string): Picture {
    const { documentElement } = new DOMParser().parseFromString(text, 'image/svg+xml')
    if (!(documentElement instanceof SVGSVGElement)) throw new Error('The statechart cannot be read.')
    return new Picture(document.importNode(documentElement, true))
  }

  private constructor(readonly element: SVGSVGElement) {
    this.#states = byAttribute(element, 'data-state')
    this.#edges = byAttribute(element, 'data-edge')
    this.#countdowns = byAttribute(element, 'data-countdown')
    const { width, height } = element.viewBox.baseVal
    this.size = { width, height }
    this.#title = element.getAttribute('aria-label') ?? ''
  }

  /** Where the machine is; `told`: the transitions that led there, for as long as they are looked at. */
  light(activeStates: readonly string[], told: readonly string[]): void {
    for (const [id, state] of this.#states) state.classList.toggle('is-active', activeStates.includes(id))
    for (const [id, edge] of this.#edges) edge.classList.toggle('is-told', told.includes(id))
    const label = `${this.#title}, which is in ${activeStates.at(-1) ?? 'no state'}`
    if (this.element.getAttribute('aria-label') !== label) this.element.setAttribute('aria-label', label)
  }

  /** A transition was just taken. */
  flash(edgeIds: readonly string[]): void {
    for (const edge of edgeIds.flatMap((id) => this.#edges.get(id) ?? [])) {
      clearTimeout(this.#flashes.get(edge))
      edge.classList.remove('is-taken')
      // Its animation begins anew only where the page has been laid out without it.
      edge.getBoundingClientRect()
      edge.classList.add('is-taken')
      this.#flashes.set(
        edge,
        setTimeout(() => edge.classList.remove('is-taken'), flashMs),
      )
    }
  }

  /** Nothing of what another actor did is left. */
  clear(): void {
    for (const [edge, timer] of this.#flashes) {
      clearTimeout(timer)
      edge.classList.remove('is-taken')
    }
    this.#flashes.clear()
  }

  count(timers: ActorView['timers'], now: number): void {
    for (const [stateId, countdown] of this.#countdowns) {
      const dueAt = timers.flatMap((timer) => (timer.stateId === stateId ? timer.dueAt : []))
      const text = dueAt.length === 0 ? '' : duration(Math.min(...dueAt) - now)
      if (countdown.textContent !== text) countdown.textContent = text
    }
  }

  /** The innermost of the states that are lit. */
  get litState(): Element | undefined {
    return [...this.#states.values()].filter((state) => state.classList.contains('is-active')).at(-1)
  }
}

function byAttribute(element: Element, name: string): Map<string, Element> {
  return new Map(
    [...element.querySelectorAll(`[${name}]`)].map((found) => [found.getAttribute(name) ?? '', found]),
  )
}
