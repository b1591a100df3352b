import { messageOf } from '../contract/errors.ts'
import type { SwitchboardEvent } from '../contract/protocol.ts'

/** @inline */
export type Listener = (event: SwitchboardEvent) => void

/** Tells its listeners. One that throws is reported as a process warning, and harms nobody else. */
export class Publisher {
  readonly #listeners = new Set<Listener>()

  get hasListeners(): boolean {
    return this.#listeners.size > 0
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  publish(event: SwitchboardEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event)
      } catch (error) {
        process.emitWarning(`a listener of ${event.type} threw: ${messageOf(error)}`, 'SwitchboardWarning')
      }
    }
  }
}
