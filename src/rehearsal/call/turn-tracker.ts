/** How long to wait for what may not come. Real time, since it is the model and not the sound that is waited for. */
export interface TurnPatience {
  /** After something was heard, or nothing at all: for the agent to begin to answer. */
  replyMs: number
  /** After speech that was not understood: an agent may ask again, or stay silent. */
  notUnderstoodMs: number
  /** After an answer: for the transcript of what it answered. */
  transcriptMs: number
  /** For the turn as a whole, tools included. */
  turnMs: number
}

export const defaultPatience: TurnPatience = {
  replyMs: 15_000,
  notUnderstoodMs: 2_000,
  transcriptMs: 3_000,
  turnMs: 180_000,
}

export interface TurnOutcome {
  /** What the model understood; empty if nothing. */
  heard: string
  /** The agent's sentences, in order. */
  answered: string[]
  timedOut: boolean
}

/**
 * Tells when a turn is over: the caller has finished, and so has every speech of the agent that followed. The speech
 * that calls a tool ends only after the one with its answer was created, so that nothing is over in between.
 */
export class TurnTracker {
  readonly #patience: TurnPatience
  readonly #spoken: boolean
  readonly #ended: (outcome: TurnOutcome) => void
  readonly ended: Promise<TurnOutcome>
  readonly #heard: string[] = []
  readonly #answered: string[] = []
  readonly #pending = new Set<string>()
  #replies = 0
  #utterances = 0
  #callerFinished = false
  #callerSpeaking = false
  #over = false
  #waiting: NodeJS.Timeout | undefined
  readonly #limit: NodeJS.Timeout

  constructor({ spoken, patience }: { spoken: boolean; patience: TurnPatience }) {
    this.#patience = patience
    this.#spoken = spoken
    const { promise, resolve } = deferred<TurnOutcome>()
    this.ended = promise
    this.#ended = resolve
    this.#limit = setTimeout(() => this.#end(true), patience.turnMs)
  }

  /** Everything that the caller says in this turn has gone out. */
  callerFinished(): void {
    this.#callerFinished = true
    this.#check()
  }

  /** As the model hears it: it lags behind the microphone. */
  callerSpeaking(speaking: boolean): void {
    if (speaking === this.#callerSpeaking) return
    this.#callerSpeaking = speaking
    if (!speaking) {
      this.#utterances += 1
      // What was said before this cannot be the answer to it.
      this.#replies = 0
    }
    this.#check()
  }

  transcribed(text: string): void {
    this.#heard.push(text)
    this.#check()
  }

  agentSaid(text: string): void {
    this.#answered.push(text)
  }

  speechCreated(id: string): void {
    this.#pending.add(id)
    this.#replies += 1
    this.#check()
  }

  speechEnded(id: string): void {
    this.#pending.delete(id)
    this.#check()
  }

  dispose(): void {
    this.#over = true
    clearTimeout(this.#limit)
    clearTimeout(this.#waiting)
  }

  #check(): void {
    clearTimeout(this.#waiting)
    if (this.#over || !this.#callerFinished || this.#callerSpeaking || this.#pending.size > 0) return
    const { replyMs, notUnderstoodMs, transcriptMs } = this.#patience
    if (this.#replies > 0) {
      const transcribed = !this.#spoken || (this.#utterances > 0 && this.#heard.length >= this.#utterances)
      if (transcribed) this.#end(false)
      else this.#wait(transcriptMs, false)
      return
    }
    const understood = this.#heard.some((text) => text !== '')
    if (this.#heard.length > 0 && !understood) this.#wait(notUnderstoodMs, false)
    else this.#wait(replyMs, true)
  }

  #wait(delayMs: number, timedOut: boolean): void {
    this.#waiting = setTimeout(() => this.#end(timedOut), delayMs)
  }

  #end(timedOut: boolean): void {
    if (this.#over) return
    this.dispose()
    const heard = this.#heard.filter((text) => text !== '').join(' ')
    this.#ended({ heard, answered: [...this.#answered], timedOut })
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
