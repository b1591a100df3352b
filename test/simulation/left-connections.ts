import type { AnyActorRef } from 'xstate'
import type { ConnectionEvent } from '../../src/connection.ts'
import type { Accuse } from './invariants.ts'
import { memoryOf } from './machines.ts'

/** An old connection may only say that it is gone. */
export class LeftConnections {
  constructor(private readonly accuse: Accuse) {}

  hear(event: ConnectionEvent, owner: AnyActorRef, deliver: () => void): void {
    const before = memoryOf(owner)
    deliver()
    const after = memoryOf(owner)
    if (before.context === after.context && before.value === after.value) return
    this.accuse('old is dead', `${event.type} of generation ${event.generation} moved ${before.value}`)
  }
}
