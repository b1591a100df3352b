import type { AnyMachineSnapshot, AnyTransitionDefinition } from 'xstate'

const edgeIds = new WeakMap<AnyTransitionDefinition, string>()

/**
 * Such as `server.ready/connection.lost/2`: where the transition comes from, its event (`always` where it needs none), and
 * its place among those for the same event. The same for all copies of a machine that `provide()` makes.
 */
export function edgeIdOf(transition: AnyTransitionDefinition): string {
  const known = edgeIds.get(transition)
  if (known !== undefined) return known
  const { source, eventType } = transition
  const id = `${source.id}/${eventType || 'always'}/${alternativesOf(transition).indexOf(transition)}`
  edgeIds.set(transition, id)
  return id
}

/** Those that are tried in turn, for the same event in the same state. */
export function alternativesOf({ source, eventType }: AnyTransitionDefinition): AnyTransitionDefinition[] {
  return (eventType === '' ? source.always : source.transitions.get(eventType)) ?? []
}

/** The machine's own id is left out: it is in that one always. The outer states come first. */
export function activeStatesOf({ _nodes: nodes }: AnyMachineSnapshot): string[] {
  return nodes.flatMap(({ id, parent }) => (parent ? [id] : []))
}
