import type { ServerStatus } from '../../contract/protocol.ts'
import { cap } from '../../text/text.ts'
import { maxFunctions, maxProblemCharacters, type Observation } from '../agent-wire.ts'

/** Several changes in a row are one. */
const quietMs = 200
/** What nobody saw for a minute is not told any more. */
const againEveryMs = 25_000
/** What says that a text was cut, and how much of it. */
const cutCharacters = 50

/**
 * Tells the registry how a conversation sees its caller's servers. Dropped: what cannot be told; the next word holds all of it.
 */
export class StatusReporter {
  #timer: NodeJS.Timeout | undefined
  #statuses: readonly ServerStatus[] = []
  /** One at a time: an older word is not to come after a newer one. */
  #isTelling = false
  #isClosed = false

  constructor(
    private readonly idOf: (name: string) => string | undefined,
    private readonly tell: (observations: Observation[]) => Promise<void>,
  ) {}

  observed(statuses: readonly ServerStatus[]): void {
    this.#statuses = statuses
    this.#in(quietMs)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #in(delayMs: number): void {
    if (this.#isClosed) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (this.#isTelling) return this.#in(quietMs)
      void this.#tell()
      this.#in(againEveryMs)
    }, delayMs).unref()
  }

  async #tell(): Promise<void> {
    const observations = this.#statuses.flatMap((status) => this.#observationOf(status))
    if (observations.length === 0) return
    this.#isTelling = true
    await this.tell(observations).catch(() => {})
    this.#isTelling = false
  }

  #observationOf({ name, state, lastError, functions }: ServerStatus): Observation[] {
    const id = this.idOf(name)
    if (id === undefined) return []
    const problem =
      lastError === undefined ? {} : { problem: cap(lastError, maxProblemCharacters - cutCharacters) }
    return [{ id, status: state, ...problem, functions: functions.slice(0, maxFunctions) }]
  }
}
