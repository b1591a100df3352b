import type { ActorDetails, StepDetails } from '../../../wire.ts'
import { ask, wordsOfError } from '../../api.ts'

/** The present is asked for no more often than that. */
const pauseMs = 400

export type Details = { context: unknown; event?: unknown }

/** What a machine holds, now or after one of its steps. What was read last is shown until the next is there. */
export class DetailsReader {
  #shown: { actorPath: string; details: Details } | undefined
  #problem: string | undefined
  #wanted: { path: string; newest: number | undefined } | undefined
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
    const actorPath = `/api/actors/${encodeURIComponent(actorId)}`
    const newest = 'newest' in at ? at.newest : undefined
    const path = 'step' in at ? `${actorPath}/steps/${at.step}` : actorPath
    if (path === this.#wanted?.path && newest === this.#wanted.newest) return
    if (actorPath !== this.#shown?.actorPath) this.#shown = undefined
    this.#wanted = { path, newest }
    clearTimeout(this.#timer)
    const waitMs = newest === undefined ? 0 : Math.max(0, this.#notBefore - performance.now())
    this.#timer = setTimeout(() => void this.#read(path, actorPath), waitMs)
  }

  /** Nothing is wanted any more. */
  rest(): void {
    clearTimeout(this.#timer)
    this.#shown = undefined
    this.#problem = undefined
    this.#wanted = undefined
  }

  async #read(path: string, actorPath: string): Promise<void> {
    this.#notBefore = performance.now() + pauseMs
    const answer = await ask<ActorDetails | StepDetails>(path).catch((error: unknown) => wordsOfError(error))
    // Somebody looks at something else by now.
    if (path !== this.#wanted?.path) return
    const isRead = typeof answer !== 'string'
    if (isRead) this.#shown = { actorPath, details: answer }
    this.#problem = isRead ? undefined : answer
    this.onChange()
  }
}
