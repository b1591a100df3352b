import type { ServerDefinition } from '../../config/definition.ts'
import type { ClientListener, Dialect, McpClient } from './client.ts'
import type { Problem } from './failure.ts'
import type { Link } from './link.ts'

export interface DialHost {
  readonly isClosing: boolean
  /** Before it connects. */
  onClient(client: McpClient): void
}

/** What worked for a server is tried first the next time, as long as it works. */
export class KnownDialects {
  readonly #dialects = new WeakMap<ServerDefinition, Dialect>()

  of(definition: ServerDefinition): Dialect {
    return this.#dialects.get(definition) ?? 'legacy'
  }

  keep(definition: ServerDefinition, dialect: Dialect): void {
    this.#dialects.set(definition, dialect)
  }

  forget(definition: ServerDefinition): void {
    this.#dialects.delete(definition)
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
  const tried = new Set<Dialect>()
  let problem: Problem | undefined
  let dialect: Dialect | undefined = known.of(definition)
  while (dialect !== undefined && !tried.has(dialect) && !host.isClosing) {
    tried.add(dialect)
    const client = await createClient(dialect, definition, link, listener)
    if (host.isClosing) break
    host.onClient(client)
    try {
      await client.connect()
      known.keep(definition, dialect)
      return undefined
    } catch (error) {
      // The first way is the one that people know.
      problem ??= client.problem(error)
      dialect = client.otherDialect(error)
      if (dialect !== undefined && !tried.has(dialect)) await client.close()
    }
  }
  // An address that cannot be reached, or says that it is busy, tells nothing new of who is there.
  if (host.isClosing || tried.size > 1 || link.kind === 'stdio') known.forget(definition)
  return problem
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
