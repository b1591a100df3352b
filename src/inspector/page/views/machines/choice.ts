import type { ActorView } from '../../../wire.ts'

/** In the address: whichever call began last. */
export const newestCallPath = 'newest-call'

/**
 * Which machine is shown. `wanted`: what the address says. `isStudied`: somebody looks at one of its steps; then it stays,
 * whatever begins.
 */
export function actorFor(
  actors: ReadonlyMap<string, ActorView>,
  wanted: string | undefined,
  shown: ActorView | undefined,
  isStudied: boolean,
): ActorView | undefined {
  const kept = shown && (actors.get(shown.actorId) ?? shown)
  if (wanted === newestCallPath) return (isStudied && kept) || (newestCall(actors) ?? kept)
  if (wanted !== undefined) return actors.get(wanted) ?? (kept?.actorId === wanted ? kept : undefined)
  if (kept && (isStudied || !kept.isDone)) return kept
  const alive = [...actors.values()].filter(({ isDone }) => !isDone)
  return alive.find(({ machine }) => machine === 'server') ?? alive[0] ?? kept
}

export function newestCall(actors: ReadonlyMap<string, ActorView>): ActorView | undefined {
  return [...actors.values()].filter(({ machine }) => machine === 'call').at(-1)
}
