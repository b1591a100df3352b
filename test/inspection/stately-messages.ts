import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect'
import { z } from 'zod'
import { until } from '../support/until.ts'

const snapshotSchema = z.object({ value: z.unknown().optional() })
const eventSchema = z.looseObject({ type: z.string() })

/** What `@statelyai/inspect` sends of what its `inspect` is told. */
export class StatelyMessages {
  readonly messages: StatelyInspectionEvent[] = []
  readonly inspect = createInspector({ send: (message) => this.messages.push(message) }).inspect

  of<Type extends StatelyInspectionEvent['type']>(type: Type) {
    return this.messages.filter(
      (message): message is StatelyInspectionEvent & { type: Type } => message.type === type,
    )
  }

  async untilTold(event: string): Promise<void> {
    await until(
      () => this.of('@xstate.event').some((message) => message.event.type === event),
      `${event} is told`,
    )
  }

  definitionOf(name: string): unknown {
    const { definition = '' } = this.of('@xstate.actor').find((message) => message.name === name) ?? {}
    return JSON.parse(definition)
  }

  /** What it was in, one after the other. */
  statesOf(name: string): unknown[] {
    const states = this.of('@xstate.snapshot')
      .filter(({ sessionId }) => sessionId === this.#sessionOf(name))
      .map(({ snapshot }) => snapshotSchema.parse(snapshot).value)
    return states.filter((state, index) => JSON.stringify(state) !== JSON.stringify(states[index - 1]))
  }

  eventsOf(name: string): z.infer<typeof eventSchema>[] {
    return this.of('@xstate.event')
      .filter(({ sessionId }) => sessionId === this.#sessionOf(name))
      .map(({ event }) => eventSchema.parse(event))
  }

  #sessionOf(name: string): string | undefined {
    return this.of('@xstate.actor').find((message) => message.name === name)?.sessionId
  }
}
