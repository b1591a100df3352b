import type { Accuse } from './invariants.ts'
import { defaultTimeoutMs, functions } from './scenery.ts'

interface Waiting {
  function: string
  startedAt: number
  timeoutMs: number
  deadlineAt: number
  lastDeadlineAt: number
  wasSent: boolean
}

/** Until when each caller may have to wait: by what was asked, and by what connections sent and servers told of progress. */
export class Deadlines {
  readonly #waiting = new Map<string, Waiting>()
  /** No deadline is earlier. */
  #noneBefore = Number.POSITIVE_INFINITY

  constructor(
    private readonly now: () => number,
    private readonly maxCallMs: number,
    private readonly accuse: Accuse,
  ) {}

  /** Whether a deadline has passed, as far as was told. */
  get hasPassed(): boolean {
    if (this.now() <= this.#noneBefore) return false
    this.#noneBefore = Math.min(...[...this.#waiting.values()].map(({ deadlineAt }) => deadlineAt))
    return this.now() > this.#noneBefore
  }

  asked(callId: string, functionName: string, askedMs: number | undefined): void {
    const now = this.now()
    const timeoutMs = askedMs ?? functions.get(functionName)?.timeoutMs ?? defaultTimeoutMs
    // Nobody may know its function yet, and with it its time.
    const unsentMs = askedMs ?? Math.max(timeoutMs, defaultTimeoutMs)
    this.#waiting.set(callId, {
      ...{ function: functionName, startedAt: now, timeoutMs, deadlineAt: now + unsentMs },
      lastDeadlineAt: now + Math.max(this.maxCallMs, timeoutMs),
      wasSent: false,
    })
    this.#noneBefore = Math.min(this.#noneBefore, now + timeoutMs)
  }

  /** Its connection sent it. */
  sent(callId: string): void {
    const one = this.#waiting.get(callId)
    if (!one || one.wasSent) return
    one.wasSent = true
    one.deadlineAt = one.startedAt + one.timeoutMs
    this.#noneBefore = Math.min(this.#noneBefore, one.deadlineAt)
  }

  /** Its server told of progress, over a connection that is in use. */
  progressed(callId: string): void {
    const one = this.#waiting.get(callId)
    if (one) one.deadlineAt = Math.min(one.lastDeadlineAt, this.now() + one.timeoutMs)
  }

  told(callId: string): void {
    const one = this.#waiting.get(callId)
    if (one && this.now() > one.deadlineAt) {
      this.accuse('in time', `${one.function} ended ${this.now() - one.deadlineAt} ms after its deadline`)
    }
    this.#waiting.delete(callId)
  }

  /** After each event, when whoever is told something has heard it. */
  look(): void {
    if (!this.hasPassed) return
    const now = this.now()
    for (const [callId, one] of this.#waiting) {
      if (now <= one.deadlineAt) continue
      this.#waiting.delete(callId)
      this.accuse('in time', `${one.function} has no outcome ${now - one.startedAt} ms after it began`)
    }
  }
}
