import type { ActorRefLike, AnyActor, AnyEventObject, AnyTransitionDefinition, InspectionEvent } from 'xstate'

/** What was seen of a machine, as it happened; to be read later. */
export type Sight =
  | { type: 'transitions'; at: number; actor: ActorRefLike; transitions: readonly AnyTransitionDefinition[] }
  | { type: 'settled'; at: number; actor: ActorRefLike; event: AnyEventObject; snapshot: unknown }

/** Sees every event of one actor system, from now on; returns the way to end it. */
export function observe(root: AnyActor, now: () => number, see: (sight: Sight) => void): () => void {
  const { unsubscribe } = root.system.inspect((event: InspectionEvent) => {
    if (event.type === '@xstate.microstep') {
      see({ type: 'transitions', at: now(), actor: event.actorRef, transitions: event._transitions })
    } else if (event.type === '@xstate.snapshot') {
      const { actorRef: actor, snapshot } = event
      see({ type: 'settled', at: now(), actor, event: event.event, snapshot })
    }
  })
  return unsubscribe
}

/** The actor, and all below it. */
export function actorsBelow(root: AnyActor): AnyActor[] {
  const children: Record<string, AnyActor | undefined> = root.getSnapshot()?.children ?? {}
  return [root, ...Object.values(children).flatMap((child) => (child ? actorsBelow(child) : []))]
}
