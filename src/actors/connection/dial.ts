import type { ServerDefinition } from '../../config/definition.ts'
import type { ClientListener, Dialect, McpClient } from './client.ts'
import type { Problem } from './failure.ts'
import type { Link } from './link.ts'

export interface DialHost {
  readonly closing: AbortSignal
  /** Before it connects. */
  onClient(client: McpClient): void
}

/** Of servers whose way is remembered. */
const maxKnown = 1_000

/** What worked for a server is tried first the next time, as long as it works; also in the next conversation that has it. */
export class KnownDialects {
  readonly #dialects = new Map<string, Dialect>()

  of({ target }: ServerDefinition): Dialect | undefined {
    return this.#dialects.get(target.fingerprint)
  }

  keep({ target }: ServerDefinition, dialect: Dialect): void {
    this.#dialects.delete(target.fingerprint)
    this.#dialects.set(target.fingerprint, dialect)
    for (const oldest of this.#dialects.keys()) {
      if (this.#dialects.size <= maxKnown) break
      this.#dialects.delete(oldest)
    }
  }

  forget({ target }: ServerDefinition): void {
    this.#dialects.delete(target.fingerprint)
  }
}

/** Connects in the way that the server wants, on one process or one address. Returns what stands in the way, if anything. */
export async function dial(
  definition: ServerDefinition,
  link: Link,
  listener: ClientListener,
  known: KnownDialects,
  host: DialHost,
): Promise<Problem | undefined> {
  const { closing } = host
  const tried = new Set<Dialect>()
  const found = known.of(definition) ?? (await firstWay(definition, link, listener, closing))
  if (typeof found !== 'string') return found
  let problem: Problem | undefined
  let dialect: Dialect | undefined = found
  while (dialect !== undefined && !tried.has(dialect) && !closing.aborted) {
    tried.add(dialect)
    const client = await createClient(dialect, definition, link, listener)
    if (closing.aborted) break
    host.onClient(client)
    try {
      await client.connect()
      known.keep(definition, dialect)
      return undefined
    } catch (error) {
      const other = client.otherDialect(error)
      // That it wants another way is no problem of its own, and HTTP+SSE is but a guess.
      const isHint = dialect === 'sse' || (dialect === 'legacy' && other === 'modern')
      if (problem === undefined || !isHint) problem = client.problem(error)
      dialect = other
      if (dialect !== undefined && !tried.has(dialect)) await client.close()
    }
  }
  // An address that cannot be reached, or says that it is busy, tells nothing new of who is there. Only one that no longer
  // has HTTP+SSE could not be told from one that never had.
  const isGuessed = tried.has('sse') || link.kind === 'stdio'
  if (closing.aborted || tried.size > 1 || isGuessed) known.forget(definition)
  return problem
}

/** A process may exit at a request that it does not know, so it is asked what every server knows. */
async function firstWay(
  definition: ServerDefinition,
  link: Link,
  listener: ClientListener,
  closing: AbortSignal,
): Promise<Dialect | Problem> {
  if (link.kind === 'stdio') return 'legacy'
  const { probe } = await import('./probe.ts')
  return probe(definition, link, listener, closing)
}

/** The SDKs take 0.4 s to load: each only when the first server needs it. */
async function createClient(
  dialect: Dialect,
  definition: ServerDefinition,
  link: Link,
  listener: ClientListener,
): Promise<McpClient> {
  if (dialect === 'modern') {
    const { ModernClient } = await import('./modern-client.ts')
    return new ModernClient(definition, link, listener)
  }
  const { LegacyClient } = await import('./legacy-client.ts')
  return new LegacyClient(definition, link, listener, dialect === 'sse')
}
