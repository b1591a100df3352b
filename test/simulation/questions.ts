import { isDeepStrictEqual } from 'node:util'
import type { QuestionReply } from '../../src/contract/connection.ts'
import type { Deadlines } from './deadlines.ts'
import type { Accuse } from './invariants.ts'

/** Answers to one question that do not fit, before nobody is asked any more. */
const maxUnfit = 3

interface OpenQuestion {
  /** Whose it is, by its server's own word. */
  callId: string
  /** The one that its server asks over. */
  connection: object
  hearing: Hearing | undefined
}

/** A caller is being asked. */
interface Hearing {
  callId: string
  since: number
  signal: AbortSignal
  unfit: number
  /** What the server has to hear. */
  given: QuestionReply | undefined
}

/**
 * What servers ask and what they hear, beside what callers hear and what they answer. A question is open from what its
 * server asks to what its server hears, takes back, or can no longer hear.
 */
export class Questions {
  readonly #open = new Map<string, OpenQuestion>()
  readonly #conversations = new Map<string, string>()
  /** Those that nobody answered as they should have: what comes of them is no new fault. */
  readonly #forsaken = new Set<string>()
  /** Of callers who need not answer any more. */
  #released: { id: string; signal: AbortSignal }[] = []

  constructor(
    private readonly now: () => number,
    private readonly timeoutMs: number,
    private readonly deadlines: Deadlines,
    private readonly accuse: Accuse,
  ) {}

  /** Somebody calls, in this conversation. */
  called(callId: string, conversationId: string): void {
    this.#conversations.set(callId, conversationId)
  }

  /** A server asks. */
  asked(id: string, callId: string, connection: object): void {
    this.#open.set(id, { callId, connection, hearing: undefined })
  }

  /** A caller hears it; again, where the last answer did not fit. */
  heard(id: string, callId: string, signal: AbortSignal): void {
    if (this.#forsaken.has(id)) return
    const one = this.#open.get(id)
    const mine = this.#conversations.get(callId)
    const owner = one && this.#conversations.get(one.callId)
    if (!one || owner !== mine) {
      this.accuse('right caller', `${mine} hears "${id}", which is for ${owner ?? 'nobody'}`)
    }
    if (!one || one.hearing) return
    const isBusy = [...this.#open.values()].some(
      ({ hearing }) => hearing?.callId === callId && !hearing.given,
    )
    if (isBusy) this.accuse('right caller', `${callId} hears "${id}" before it has answered another one`)
    one.hearing = { callId, since: this.now(), signal, unfit: 0, given: undefined }
    this.deadlines.stand(callId)
  }

  /** A caller answers: with what the server has to hear, or with what does not fit. */
  answered(id: string, fitting: QuestionReply | undefined): void {
    const hearing = this.#open.get(id)?.hearing
    if (!hearing) return
    if (!fitting) {
      hearing.unfit += 1
      return
    }
    hearing.given = fitting
    this.deadlines.resume(hearing.callId)
  }

  /** A server hears something. `isAwaited`: whether the call is, as far as its connection knows. */
  replied(id: string, reply: QuestionReply, isAwaited: (callId: string) => boolean): void {
    if (this.#forsaken.has(id)) return
    const hearing = this.#open.get(id)?.hearing
    const isRight = isDeepStrictEqual(reply, hearing?.given) || this.#mayCancel(reply, hearing, isAwaited)
    if (!isRight) {
      const given = hearing?.given?.action ?? 'nothing'
      this.accuse('right answer', `"${id}" hears ${reply.action}, and its caller said ${given}`)
    }
    this.close(id)
  }

  /** Its server does not wait any more. */
  close(id: string): void {
    const hearing = this.#open.get(id)?.hearing
    if (!this.#open.delete(id) || !hearing || hearing.given) return
    this.deadlines.resume(hearing.callId)
    this.#released.push({ id, signal: hearing.signal })
  }

  /** After each event, when whoever is told something has heard it. */
  look(): void {
    for (const { id, signal } of this.#released) {
      if (!signal.aborted) this.accuse('right answer', `"${id}" is over, and its caller is still asked`)
    }
    if (this.#released.length > 0) this.#released = []
    for (const [id, one] of this.#open) {
      const fault = this.#faultOf(one)
      if (fault === undefined) continue
      this.#forsaken.add(id)
      this.close(id)
      this.accuse('right answer', `"${id}" ${fault}`)
    }
  }

  /** Where nobody answers: nobody is asked, or for long enough, or with no hope, or waits for the call. */
  #mayCancel(
    { action }: QuestionReply,
    hearing: Hearing | undefined,
    isAwaited: (callId: string) => boolean,
  ): boolean {
    if (action !== 'cancel') return false
    if (!hearing || !isAwaited(hearing.callId)) return true
    return !hearing.given && (hearing.unfit >= maxUnfit || this.now() >= hearing.since + this.timeoutMs)
  }

  #faultOf({ hearing, connection }: OpenQuestion): string | undefined {
    if (hearing?.given) return `has no answer, and its caller said ${hearing.given.action}`
    if (hearing) return this.now() > hearing.since + this.timeoutMs ? 'has no answer in time' : undefined
    const isNext = [...this.#open.values()].some((other) => other.connection === connection && other.hearing)
    return isNext ? undefined : 'has no answer, and nobody is asked'
  }
}
