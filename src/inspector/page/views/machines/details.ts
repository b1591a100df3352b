import type { ActorDetails, StepDetails } from '../../../wire.ts'
import { ask, wordsOfError } from '../../api.ts'

/** The present is asked for no more often than that. */
const pauseMs = 400

export type Details = { context: unknown; event?: unknown }

/** What a machine holds, now or after one of its steps. What was read last is shown until the next is there. */
export class DetailsReader {
  #shown: { key: string; details: Details } | undefined
  #problem: string | undefined
  #reading: { key: string; abort: AbortController } | undefined
  #wanted: string | undefined
  #notBefore = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly onChange: () => void) {}

  get details(): Details | undefined {
    return this.#shown?.details
  }

  get problem(): string | undefined {
    return this.#problem
  }

  /** `step`: of one that is looked at. `newest`: the last one that is known, where the present is looked at. */
  want(actorId: string, at: { step: number } | { newest: number }): void {
    const actor = `/api/actors/${encodeURIComponent(actorId)}`
    const isPresent = 'newest' in at
    const path = isPresent ? actor : `${actor}/steps/${at.step}`
    const key = isPresent ? `${path} ${at.newest}` : path
    if (key === this.#wanted) return
    if (!this.#shown?.key.startsWith(actor)) this.#shown = undefined
    this.#wanted = key
    clearTimeout(this.#timer)
    const waitMs = isPresent ? Math.max(0, this.#notBefore - performance.now()) : 0
    this.#timer = setTimeout(() => void this.#read(path, key), waitMs)
  }

  /** Nothing is wanted any more. */
  rest(): void {
    clearTimeout(this.#timer)
    this.#reading?.abort.abort()
    this.#shown = undefined
    this.#problem = undefined
    this.#wanted = undefined
  }

  async #read(path: string, key: string): Promise<void> {
    this.#reading?.abort.abort()
    const abort = new AbortController()
    this.#reading = { key, abort }
    this.#notBefore = performance.now() + pauseMs
    try {
      const details = await ask<ActorDetails | StepDetails>(path, { signal: abort.signal })
      if (abort.signal.aborted) return
      this.#shown = { key, details }
      this.#problem = undefined
    } catch (error) {
      if (abort.signal.aborted) return
      this.#problem = wordsOfError(error)
    }
    this.onChange()
  }
}
