import type { HistoryEvent } from './history.ts'

export const lies = [
  'false success',
  'false nothing happened',
  'duplicate',
  'not one outcome',
  'nobody asked',
] as const

export type Lie = (typeof lies)[number]

export interface Violation {
  lie: Lie
  callId: string
  words: string
}

type Call = Extract<HistoryEvent, { type: 'call' }>
type Run = Extract<HistoryEvent, { type: 'run' }>
type OutcomeEvent = Extract<HistoryEvent, { type: 'outcome' }>

interface Case {
  call: Call | undefined
  runs: Run[]
  outcomes: OutcomeEvent[]
}

/**
 * Judges a history by what people need to be true, and by nothing that the switchboard thinks: each call has one outcome;
 * `none` ran 0 times, `ok` and `done` once, `unknown` 0 times or once, where a repetition is not permitted; an `ok` is the
 * answer of a run. A run counts whenever it came, also after the outcome.
 */
export function check(history: Iterable<HistoryEvent>): Violation[] {
  const cases = new Map<string, Case>()
  for (const event of history) {
    if (event.type === 'fault') continue
    const one = cases.get(event.callId) ?? { call: undefined, runs: [], outcomes: [] }
    cases.set(event.callId, one)
    if (event.type === 'call') one.call = event
    else if (event.type === 'run') one.runs.push(event)
    else one.outcomes.push(event)
  }
  return [...cases].flatMap(([callId, one]) => judge(one).map((verdict) => ({ callId, ...verdict })))
}

function judge({ call, runs, outcomes }: Case): Omit<Violation, 'callId'>[] {
  const found: Omit<Violation, 'callId'>[] = []
  if (!call) return [{ lie: 'nobody asked', words: `${runs.length} runs and ${outcomes.length} outcomes` }]
  if (outcomes.length !== 1) {
    found.push({ lie: 'not one outcome', words: `${call.function} has ${outcomes.length} outcomes` })
  }
  if (runs.length > 1 && !call.mayRepeat) {
    found.push({ lie: 'duplicate', words: `${call.function} ran ${runs.length} times` })
  }
  for (const { code, effect, answer } of outcomes) {
    const said = `${call.function} ended ${code}, ${effect}`
    if (effect === 'none' && runs.length > 0) {
      found.push({ lie: 'false nothing happened', words: `${said}, but it ran at ${runs[0]?.server}` })
    }
    if (effect === 'done' && runs.length === 0) {
      found.push({ lie: 'false success', words: `${said}, but it never ran` })
    } else if (code === 'ok' && !runs.some((run) => run.answer === answer)) {
      found.push({ lie: 'false success', words: `${said} with "${answer}", which no run answered` })
    }
  }
  return found
}
