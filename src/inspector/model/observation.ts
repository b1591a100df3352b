import type { AnyActor, InspectionEvent } from 'xstate'

/** Where an actor system belongs. */
export interface SystemFacts {
  /** Unique among all systems that are observed. */
  systemId: string
  conversationId?: string
}

/** What was seen of a machine, as it happened; to be read later. */
export interface Sight {
  at: number
  system: SystemFacts
  seen: Extract<InspectionEvent, { type: '@xstate.microstep' | '@xstate.snapshot' }>
}

/** Sees every event of one actor system, from now on; returns the way to end it. No call waits for more than one object. */
export function observe(root: AnyActor, system: SystemFacts, see: (sight: Sight) => void): () => void {
  const { unsubscribe } = root.system.inspect((seen: InspectionEvent) => {
    if (seen.type === '@xstate.microstep' || seen.type === '@xstate.snapshot') {
      see({ at: Date.now(), system, seen })
    }
  })
  return unsubscribe
}

/** The actor, and all below it. */
export function actorsBelow(root: AnyActor): AnyActor[] {
  const children: Record<string, AnyActor | undefined> = root.getSnapshot()?.children ?? {}
  return [root, ...Object.values(children).flatMap((child) => (child ? actorsBelow(child) : []))]
}
