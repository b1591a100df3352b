import { isDeepStrictEqual } from 'node:util'
import type { AnyActorRef } from 'xstate'
import type { ConnectionEvent } from '../../src/contract/connection.ts'
import type { Actors } from './actors.ts'
import type { Accuse } from './invariants.ts'

/**
 * What a connection says that its server actor has left: it moves nothing, and nobody is told anything for it, neither a
 * caller, nor the supervisor, nor another connection, nor who listens.
 */
export class LeftConnections {
  #published = 0

  constructor(
    private readonly actors: Actors,
    private readonly accuse: Accuse,
  ) {}

  /** Somebody who listens heard something. */
  heard(): void {
    this.#published += 1
  }

  hear(event: ConnectionEvent, owner: AnyActorRef, deliver: () => void): void {
    const publishedBefore = this.#published
    const before = memoryOf(owner)
    const messages = this.#messagesBehind(event, deliver)
    const after = memoryOf(owner)
    const what = `${event.type} of generation ${event.generation}`
    const hasMoved = before.context !== after.context || !isDeepStrictEqual(before.value, after.value)
    if (hasMoved) this.accuse('old is dead', `${what} moved ${JSON.stringify(before.value)}`)
    if (messages.length > 0) this.accuse('old is dead', `${what} led to ${messages.join(', ')}`)
    if (this.#published > publishedBefore) this.accuse('old is dead', `${what} was published`)
  }

  /** What any actor was told while this event was heard. */
  #messagesBehind(event: ConnectionEvent, deliver: () => void): string[] {
    const messages: string[] = []
    const observers = this.actors.systems.map((system) =>
      system.inspect((seen) => {
        if (seen.type === '@xstate.event' && seen.event !== event) messages.push(seen.event.type)
      }),
    )
    deliver()
    for (const observer of observers) observer.unsubscribe()
    return messages
  }
}

/** What an actor knows, to see whether an event changed it. */
function memoryOf(actor: AnyActorRef): { context?: unknown; value?: unknown } {
  return actor.getSnapshot()
}
