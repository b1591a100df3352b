import type { Projection } from '../../inspection/projection.ts'
import type { LivePool } from '../../switchboard/inspection.ts'
import type { FunctionView } from '../wire.ts'

const maxDescriptionCharacters = 400

/** What a pool's own servers offer. A conversation's directory also knows those of all. */
export function functionsOf({ pool, conversationId }: LivePool, projection: Projection): FunctionView[] {
  const own = new Set(pool.statuses.map(({ name }) => name))
  return pool.functions
    .filter(({ servers }) => conversationId === undefined || servers.some((name) => own.has(name)))
    .map(({ name, title, description, servers, callable }) => ({
      name: projection.text(name),
      ...(title === undefined ? {} : { title: projection.text(title) }),
      description: projection.text(description, maxDescriptionCharacters),
      ...{ servers, callable },
      ...(conversationId === undefined ? {} : { conversationId }),
    }))
}
