import { isDeepStrictEqual } from 'node:util'
import type { Outcome, SwitchboardEvent } from '../../src/index.ts'
import type { Accuse } from './invariants.ts'

interface Account {
  function: string
  starts: number
  /** What events told of its end. */
  ends: Outcome[]
  /** What the caller's promise gave. */
  told: Outcome | undefined
}

/** Each call has one outcome: its promise gives it, and the events have one that is the same. */
export class Accounts {
  readonly #accounts = new Map<string, Account>()

  constructor(private readonly accuse: Accuse) {}

  asked(callId: string, functionName: string): void {
    this.#accounts.set(callId, { function: functionName, starts: 0, ends: [], told: undefined })
  }

  heard(event: SwitchboardEvent): void {
    if (event.type !== 'call.started' && event.type !== 'call.ended') return
    const account = this.#accounts.get(event.callId)
    if (!account) this.accuse('one outcome', `${event.type} of a call that nobody asked for`)
    else if (event.type === 'call.started') account.starts += 1
    else {
      account.ends.push(event.outcome)
      if (account.ends.length > 1)
        this.accuse('one outcome', `${account.function} is told to have ended again`)
    }
  }

  told(callId: string, outcome: Outcome): void {
    const account = this.#accounts.get(callId)
    if (account) account.told = outcome
    if (!account || outcome.callId !== callId) {
      this.accuse('one outcome', `a caller got the outcome of ${outcome.callId}`)
    }
  }

  broken(callId: string, error: unknown): void {
    this.accuse('one outcome', `${this.#accounts.get(callId)?.function} was rejected: ${error}`)
  }

  /** Nothing more is told. */
  close(): void {
    for (const { function: name, starts, ends, told } of this.#accounts.values()) {
      if (!told) this.accuse('one outcome', `${name} has none`)
      if (starts !== 1) this.accuse('one outcome', `${name} is told to have begun ${starts} times`)
      if (ends.length === 0) this.accuse('one outcome', `${name} is never told to have ended`)
      else if (!isDeepStrictEqual(ends[0], told)) {
        this.accuse('one outcome', `${name} ended otherwise for its caller than for those who listen`)
      }
    }
  }
}
