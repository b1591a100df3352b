import type { Outcome } from '../contract/protocol.ts'
import type { RehearsedCall, RehearsedTurn, SaidByAgent } from './rehearsed-call/result.ts'

const labelWidth = 9
const maxAnswerCharacters = 120

/** A call as text, for people: what was said, called and answered in each turn. */
export function describeCall({ greeting, turns }: RehearsedCall): string {
  return [...greeting.map(saidLine), ...turns.flatMap(turnLines)].join('\n')
}

function turnLines(turn: RehearsedTurn, index: number): string[] {
  const { caller, isTyped, heard, calls, functions, said, timedOut } = turn
  // Those of a switchboard stand among its calls.
  const others = functions.filter((one) => !calls.some((call) => call.function === one.function))
  return [
    line(isTyped ? 'typed' : 'caller', `“${caller}” (turn ${index + 1})`),
    ...(isTyped || heard.toLowerCase() === caller.toLowerCase()
      ? []
      : [line('heard', heard === '' ? 'nothing known' : `“${heard}”`)]),
    ...calls.map((call) =>
      line('call', `${call.function} ${JSON.stringify(call.arguments)}: ${outcomeInWords(call.outcome)}`),
    ),
    ...others.map((one) =>
      line('function', `${one.function} ${JSON.stringify(one.arguments)}: ${one.output}`),
    ),
    ...said.map(saidLine),
    ...(timedOut ? [line('', 'the turn did not end in time')] : []),
  ]
}

function saidLine({ text, interrupted, audible }: SaidByAgent): string {
  const notes = [
    ...(interrupted ? ['interrupted'] : []),
    ...(audible === false ? ['not heard in the sound'] : []),
  ]
  return line('agent', `“${text}”${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`)
}

export function outcomeInWords(outcome: Outcome | undefined): string {
  if (!outcome) return 'no outcome'
  if (!outcome.ok) return `${outcome.error.code}, effect ${outcome.error.effect}`
  const answer = outcome.text.replace(/\s+/g, ' ')
  return `answered: ${answer.length > maxAnswerCharacters ? `${answer.slice(0, maxAnswerCharacters)} …` : answer}`
}

function line(label: string, text: string): string {
  return `${label.padEnd(labelWidth)}${text}`
}
