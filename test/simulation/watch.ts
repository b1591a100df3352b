import type { Policy } from '../../src/contract/policy.ts'
import type { Outcome, SwitchboardEvent } from '../../src/index.ts'
import type { HistoryEvent } from '../history/history.ts'
import { outcomeEvent } from '../history/outcome-event.ts'
import { Accounts } from './accounts.ts'
import type { Actors } from './actors.ts'
import type { Tap } from './connection.ts'
import { Deadlines } from './deadlines.ts'
import type { Accuse, Invariant, Violation } from './invariants.ts'
import { LeftConnections } from './left-connections.ts'
import { Questions } from './questions.ts'
import { functions } from './scenery.ts'
import { Truth } from './truth.ts'
import type { World } from './world.ts'

/** Sees what callers ask and are told, what servers run, and what connections say: writes the history, and judges. */
export class Watch {
  readonly violations: Violation[] = []
  readonly history: HistoryEvent[] = []
  readonly #accounts
  readonly #truth
  readonly #deadlines
  readonly #left
  readonly questions

  constructor(
    private readonly world: World,
    { maxCallMs, questionTimeoutMs }: Policy,
    actors: Actors,
  ) {
    this.#accounts = new Accounts(this.accuse)
    this.#truth = new Truth(this.accuse)
    const now = () => world.now
    this.#deadlines = new Deadlines(now, maxCallMs, questionTimeoutMs, this.accuse)
    this.questions = new Questions(now, questionTimeoutMs, this.#deadlines, this.accuse)
    this.#left = new LeftConnections(actors, this.accuse)
  }

  readonly accuse: Accuse = (invariant: Invariant, words: string): void => {
    this.violations.push({ invariant, at: this.world.now, words })
  }

  /** Somebody seems to wait too long, who may have been told behind a promise. */
  get isUnsure(): boolean {
    return this.#deadlines.hasPassed
  }

  /** After each event, when whoever is told something has heard it. */
  look(): void {
    this.#deadlines.look()
    this.questions.look()
  }

  asked(callId: string, conversationId: string, functionName: string, timeoutMs: number | undefined): void {
    this.questions.called(callId, conversationId)
    this.#accounts.asked(callId, functionName)
    this.#deadlines.asked(callId, functionName, timeoutMs)
    if (isAnsweredHere(functionName)) return
    const mayRepeat = functions.get(functionName)?.mayRepeat ?? false
    this.note({ type: 'call', at: this.world.now, callId, function: functionName, mayRepeat })
  }

  told(callId: string, functionName: string, outcome: Outcome): void {
    this.#accounts.told(callId, outcome)
    this.#deadlines.told(callId)
    if (!isAnsweredHere(functionName)) this.note(outcomeEvent(this.world.now, callId, outcome))
  }

  broken(callId: string, error: unknown): void {
    this.#accounts.broken(callId, error)
  }

  heard(event: SwitchboardEvent): void {
    this.#left.heard()
    this.#accounts.heard(event)
  }

  note(event: HistoryEvent): void {
    this.history.push(event)
    if (event.type === 'call') this.#truth.asked(event)
    else if (event.type === 'outcome') this.#truth.told(event)
    else if (event.type === 'run') this.#truth.ran(event)
  }

  /** A connection says something. */
  said(...[, event, owner, isLeft, deliver]: Parameters<Tap>): void {
    if (isLeft && event.type !== 'connection.closed') {
      this.#left.hear(event, owner, deliver)
      return
    }
    if (event.type === 'connection.call.sent') this.#deadlines.sent(event.callId)
    if (event.type === 'connection.call.progress') this.#deadlines.progressed(event.callId)
    deliver()
  }

  /** Nothing more happens. */
  close(): void {
    this.#accounts.close()
  }
}

/** Of a function that no server has. */
function isAnsweredHere(functionName: string): boolean {
  return functionName === 'tool_status'
}
