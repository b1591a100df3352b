import type { HistoryEvent } from '../history/history.ts'
import type { Accuse } from './invariants.ts'

interface Case {
  function: string
  mayRepeat: boolean
  answers: string[]
  told: Extract<HistoryEvent, { type: 'outcome' }> | undefined
}

/** Compares what callers are told with what servers run, as it happens; what was told can become a lie later. */
export class Truth {
  readonly #cases = new Map<string, Case>()

  constructor(private readonly accuse: Accuse) {}

  asked({ callId, function: name, mayRepeat }: Extract<HistoryEvent, { type: 'call' }>): void {
    this.#cases.set(callId, { function: name, mayRepeat, answers: [], told: undefined })
  }

  told(event: Extract<HistoryEvent, { type: 'outcome' }>): void {
    const { callId, code, effect, answer } = event
    const one = this.#cases.get(callId)
    if (!one) return
    one.told = event
    const said = `${one.function} ended ${code}, ${effect}`
    if (effect === 'none' && one.answers.length > 0) this.accuse('none is none', `${said}, but it ran`)
    if (effect === 'done' && one.answers.length === 0) this.accuse('ok is ok', `${said}, but it never ran`)
    if (code === 'ok' && !one.answers.includes(answer ?? '')) {
      this.accuse('ok is ok', `${said} with "${answer}", and no run answered that`)
    }
  }

  ran({ callId, server, answer }: Extract<HistoryEvent, { type: 'run' }>): void {
    const one = this.#cases.get(callId)
    if (!one) {
      this.accuse('none is none', `${server} ran a call that nobody began`)
      return
    }
    one.answers.push(answer)
    if (one.told?.effect === 'none') {
      const { code } = one.told
      this.accuse('none is none', `${one.function} ran at ${server} after it had ended ${code}, none`)
    }
    if (one.answers.length > 1 && !one.mayRepeat) {
      this.accuse('at most once', `${one.function} ran ${one.answers.length} times, last at ${server}`)
    }
  }
}
