import type { ConnectionEvent } from '../../src/connection.ts'
import type { SwitchboardEvent } from '../../src/index.ts'
import type { HistoryEvent } from '../history/history.ts'
import type { Owner } from './connection.ts'
import { memoryOf } from './machines.ts'
import { defaultTimeoutMs, functions } from './scenery.ts'

export const invariants = {
  'one outcome': 'each call has exactly one outcome',
  'none is none': 'what is told as not done never ran, before or after',
  'ok is ok': 'an answer is that of a run, and what is told as done ran',
  'at most once': 'what may not be repeated never ran twice',
  'in time': 'nobody waits past the deadline',
  'back again': 'a server whose fault was lifted is ready within the capped back-off',
  'old is dead': 'no event of an older connection changes anything',
  'nothing left': 'no timer or connection is left at the end',
} as const

export type Invariant = keyof typeof invariants

export interface Violation {
  invariant: Invariant
  at: number
  words: string
}

/** What the caller was told, kept as long as it can still become a lie. */
interface Case {
  function: string
  mayRepeat: boolean
  startedAt: number
  timeoutMs: number
  deadlineAt: number
  lastDeadlineAt: number
  wasSent: boolean
  answers: string[]
  told: Extract<HistoryEvent, { type: 'outcome' }> | undefined
}

/** Looks at the world after each event: at what callers hear, and at what servers run. */
export class Watch {
  readonly violations: Violation[] = []
  readonly #cases = new Map<string, Case>()
  readonly #waiting = new Set<string>()

  constructor(
    private readonly now: () => number,
    private readonly maxCallMs: number,
    private readonly timeoutOf: (callId: string) => number | undefined,
  ) {}

  get waiting(): number {
    return this.#waiting.size
  }

  violated(invariant: Invariant, words: string): void {
    this.violations.push({ invariant, at: this.now(), words })
  }

  /** After each event. */
  look(): void {
    const now = this.now()
    for (const callId of this.#waiting) {
      const one = this.#cases.get(callId)
      if (!one || now <= one.deadlineAt) continue
      this.#waiting.delete(callId)
      this.violated('in time', `${one.function} has no outcome ${now - one.startedAt} ms after it began`)
    }
  }

  heard(event: SwitchboardEvent): void {
    const now = this.now()
    if (event.type === 'call.started') {
      const known = functions.get(event.function)
      const askedMs = this.timeoutOf(event.callId)
      const timeoutMs = askedMs ?? known?.timeoutMs ?? defaultTimeoutMs
      // Nobody may know its function yet, and with it its time.
      const unsentMs = askedMs ?? Math.max(timeoutMs, defaultTimeoutMs)
      this.#waiting.add(event.callId)
      this.#cases.set(event.callId, {
        function: event.function,
        mayRepeat: known?.mayRepeat ?? false,
        ...{ startedAt: now, timeoutMs, deadlineAt: now + unsentMs },
        lastDeadlineAt: now + Math.max(this.maxCallMs, timeoutMs),
        wasSent: false,
        answers: [],
        told: undefined,
      })
    } else if (event.type === 'call.sent') {
      const one = this.#cases.get(event.callId)
      if (one && !one.wasSent) one.deadlineAt = one.startedAt + one.timeoutMs
      if (one) one.wasSent = true
    } else if (event.type === 'call.progress') {
      const one = this.#cases.get(event.callId)
      if (one) one.deadlineAt = Math.min(one.lastDeadlineAt, now + one.timeoutMs)
    }
  }

  told(event: Extract<HistoryEvent, { type: 'outcome' }>): void {
    const { callId, code, effect, answer } = event
    const one = this.#cases.get(callId)
    const wasWaiting = this.#waiting.delete(callId)
    if (!one) {
      this.violated('one outcome', `an outcome ${code} of a call that nobody began`)
      return
    }
    const said = `${one.function} ended ${code}, ${effect}`
    if (one.told) this.violated('one outcome', `${said}, and had ended ${one.told.code} before`)
    one.told = event
    if (wasWaiting && this.now() > one.deadlineAt) this.violated('in time', `${said} after its deadline`)
    if (effect === 'none' && one.answers.length > 0) this.violated('none is none', `${said}, but it ran`)
    if (effect === 'done' && one.answers.length === 0) this.violated('ok is ok', `${said}, but it never ran`)
    if (code === 'ok' && !one.answers.includes(answer ?? '')) {
      this.violated('ok is ok', `${said} with "${answer}", and no run answered that`)
    }
  }

  ran({ callId, server, answer }: Extract<HistoryEvent, { type: 'run' }>): void {
    const one = this.#cases.get(callId)
    if (!one) {
      this.violated('none is none', `${server} ran a call that nobody began`)
      return
    }
    one.answers.push(answer)
    if (one.told?.effect === 'none') {
      this.violated(
        'none is none',
        `${one.function} ran at ${server} after it had ended ${one.told.code}, none`,
      )
    }
    if (one.answers.length > 1 && !one.mayRepeat) {
      this.violated('at most once', `${one.function} ran ${one.answers.length} times, last at ${server}`)
    }
  }

  /** An old connection may only say that it is gone. */
  stale(event: ConnectionEvent, owner: Owner, deliver: () => void): void {
    const before = memoryOf(owner)
    deliver()
    const after = memoryOf(owner)
    if (before.context === after.context && before.value === after.value) return
    this.violated('old is dead', `${event.type} of generation ${event.generation} moved ${before.value}`)
  }

  end(): void {
    for (const [, one] of this.#cases) {
      if (!one.told) this.violated('one outcome', `${one.function} has none`)
    }
  }
}
