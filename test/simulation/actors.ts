import type { AnyActorRef } from 'xstate'
import type { Directory } from '../../src/machines/directory.ts'

/** The machines' actors that came by, and the directories that they know. */
export class Actors {
  readonly directories = new Set<Directory>()
  readonly #seen = new Set<AnyActorRef>()
  readonly #roots = new Set<AnyActorRef>()

  /** With those above it. Whether it comes for the first time. */
  see(actor: AnyActorRef): boolean {
    if (this.#seen.has(actor)) return false
    this.#seen.add(actor)
    if (actor._parent) this.see(actor._parent)
    else this.#roots.add(actor)
    return true
  }

  get alive(): AnyActorRef[] {
    return [...this.#seen].filter(isAlive)
  }

  /** Those in which something can still happen. */
  get systems(): AnyActorRef['system'][] {
    for (const root of this.#roots) if (!isAlive(root)) this.#roots.delete(root)
    return [...this.#roots].map(({ system }) => system)
  }
}

function isAlive(actor: AnyActorRef): boolean {
  const { status }: { status?: unknown } = actor.getSnapshot()
  return status === 'active'
}
