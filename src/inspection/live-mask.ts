import type { ServerEntry } from '../config/definition.ts'
import type { SealedTarget } from '../config/sealed-target.ts'
import { minSecretCharacters } from '../config/secrets.ts'
import type { InspectedPool, Inspection } from '../inspection.ts'

/** Of servers that are gone: a late word may still repeat what they were given. */
const maxGoneTargets = 100

interface KnownPool {
  /** As they were last seen. */
  entries: readonly ServerEntry[] | undefined
  /** All that its servers ever had, by fingerprint. */
  targets: Map<string, SealedTarget>
}

/** Hides what the servers of a switchboard were given, in whatever is shown of it. */
export class LiveMask {
  readonly #pools = new Map<InspectedPool, KnownPool>()
  #gone: SealedTarget[] = []
  /** From now on it learns of nobody new. */
  readonly stop: () => void

  constructor({ pools }: Inspection) {
    this.stop = pools.watch(({ pool }, isThere) => {
      if (isThere) this.#pools.set(pool, { entries: undefined, targets: new Map() })
      else this.#forget(pool)
    })
  }

  readonly mask = (text: string): string => {
    if (text.length < minSecretCharacters) return text
    let masked = text
    for (const [pool, known] of this.#pools) {
      learn(pool, known)
      for (const target of known.targets.values()) masked = target.mask(masked)
    }
    for (const target of this.#gone) masked = target.mask(masked)
    return masked
  }

  #forget(pool: InspectedPool): void {
    const known = this.#pools.get(pool)
    this.#pools.delete(pool)
    if (!known) return
    learn(pool, known)
    this.#gone = [...this.#gone, ...known.targets.values()].slice(-maxGoneTargets)
  }
}

function learn(pool: InspectedPool, known: KnownPool): void {
  if (known.entries === pool.entries) return
  known.entries = pool.entries
  for (const { definition } of pool.entries) {
    if (definition) known.targets.set(definition.target.fingerprint, definition.target)
  }
}
