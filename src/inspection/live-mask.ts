import type { ServerEntry } from '../config/definition.ts'
import { HiddenTargets } from '../config/hidden-targets.ts'
import { minSecretCharacters } from '../config/secrets.ts'
import type { InspectedPool, Inspection } from '../switchboard/inspection.ts'

/** Hides what the servers of a switchboard were given, in whatever is shown of it. */
export class LiveMask {
  /** With their entries as they were last seen. */
  readonly #pools = new Map<InspectedPool, readonly ServerEntry[] | undefined>()
  readonly #targets = new HiddenTargets<InspectedPool>()
  /** From now on it learns of nobody new. */
  readonly stop: () => void

  constructor({ pools }: Inspection) {
    this.stop = pools.watch(({ pool }, isThere) => {
      if (isThere) this.#pools.set(pool, undefined)
      else this.#forget(pool)
    })
  }

  readonly mask = (text: string): string => {
    if (text.length < minSecretCharacters) return text
    for (const pool of this.#pools.keys()) this.#learn(pool)
    return this.#targets.mask(text)
  }

  #forget(pool: InspectedPool): void {
    if (!this.#pools.has(pool)) return
    this.#learn(pool)
    this.#pools.delete(pool)
    this.#targets.forget(pool)
  }

  #learn(pool: InspectedPool): void {
    const { entries } = pool
    if (this.#pools.get(pool) === entries) return
    this.#pools.set(pool, entries)
    this.#targets.learn(pool, new Set(entries.flatMap(({ definition }) => definition?.target ?? [])))
  }
}
