import type { Accuse } from './invariants.ts'
import { defaultTimeoutMs, functions } from './scenery.ts'

interface Waiting {
  function: string
  startedAt: number
  timeoutMs: number
  deadlineAt: number
  lastDeadlineAt: number
  wasSent: boolean
  /** Its caller is being asked something. */
  standsSince: number | undefined
}

/**
 * Until when each caller may have to wait: by what was asked, by what connections sent and servers told of progress, and by
 * how long callers were asked something.
 */
export class Deadlines {
  readonly #waiting = new Map<string, Waiting>()
  /** No deadline is earlier. */
  #noneBefore = Number.POSITIVE_INFINITY

  constructor(
    private readonly now: () => number,
    private readonly maxCallMs: number,
    private readonly questionTimeoutMs: number,
    private readonly accuse: Accuse,
  ) {}

  /** Whether a deadline has passed, as far as was told. */
  get hasPassed(): boolean {
    if (this.now() <= this.#noneBefore) return false
    this.#noneBefore = Math.min(...[...this.#waiting.values()].map((one) => this.#latestOf(one)))
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
      standsSince: undefined,
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
    if (!one || one.standsSince !== undefined) return
    one.deadlineAt = Math.min(one.lastDeadlineAt, this.now() + one.timeoutMs)
  }

  /** Its caller is asked something. */
  stand(callId: string): void {
    const one = this.#waiting.get(callId)
    if (one) one.standsSince ??= this.now()
  }

  /** Nobody waits for the answer any more. */
  resume(callId: string): void {
    const one = this.#waiting.get(callId)
    if (one?.standsSince === undefined) return
    const stoodMs = Math.min(this.now() - one.standsSince, this.questionTimeoutMs)
    one.standsSince = undefined
    one.deadlineAt += stoodMs
    one.lastDeadlineAt += stoodMs
    this.#noneBefore = Math.min(this.#noneBefore, one.deadlineAt)
  }

  told(callId: string): void {
    const one = this.#waiting.get(callId)
    const lateMs = one ? this.now() - this.#latestOf(one) : 0
    if (one && lateMs > 0) this.accuse('in time', `${one.function} ended ${lateMs} ms after its deadline`)
    this.#waiting.delete(callId)
  }

  /** After each event, when whoever is told something has heard it. */
  look(): void {
    if (!this.hasPassed) return
    const now = this.now()
    for (const [callId, one] of this.#waiting) {
      if (now <= this.#latestOf(one)) continue
      this.#waiting.delete(callId)
      this.accuse('in time', `${one.function} has no outcome ${now - one.startedAt} ms after it began`)
    }
  }

  /** A question has a time of its own. */
  #latestOf({ deadlineAt, standsSince }: Waiting): number {
    return standsSince === undefined ? deadlineAt : deadlineAt + this.questionTimeoutMs
  }
}
