import type { AnyActor, AnyActorRef } from 'xstate'
import type { ActorView } from '../wire.ts'

type Timer = ActorView['timers'][number]

/** The delayed events of a system, by the actor that they will reach. */
export function timersOf(system: AnyActor['system']): Map<AnyActorRef, Timer[]> {
  const timers = new Map<AnyActorRef, Timer[]>()
  for (const scheduled of Object.values(system.getSnapshot()._scheduledEvents)) {
    const { id, event, startedAt, delay, target } = scheduled
    const stateId = /^xstate\.after\.[^.]+\.(.+)$/.exec(event.type)?.[1]
    const timer: Timer = {
      ...{ id, event: event.type, startedAt, dueAt: startedAt + delay },
      ...(stateId === undefined ? {} : { stateId }),
    }
    timers.set(target, [...(timers.get(target) ?? []), timer])
  }
  return timers
}
