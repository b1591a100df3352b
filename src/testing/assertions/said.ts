import { describeCall } from '../describe.ts'
import type { RehearsedCall, SaidByAgent } from '../rehearsed-call/result.ts'
import { type InTurn, turnsOf } from './calls.ts'
import { type Assertion, fail } from './failure.ts'

/**
 * The agent said it, in one utterance that nobody spoke into, and its sound was recognised as that (but with `listen: false`). A
 * string stands anywhere in the text. @throws AssertionError with the call in words
 */
export function assertSaid(call: RehearsedCall, what: string | RegExp, { turn }: InTurn = {}): void {
  const said = saidIn(call, turn, assertSaid)
  const found = said.filter(({ text }) => isIn(text, what))
  if (found.some(({ interrupted, audible }) => !interrupted && audible !== false)) return
  const problem = found.length === 0 ? 'did not say' : 'did not audibly, or not to its end, say'
  fail(assertSaid, `The agent ${problem} ${inWords(what)}${placeOf(turn)}.\n\n${describeCall(call)}`)
}

/** Nowhere in the text of what the agent said, finished or not. @throws AssertionError with the call in words */
export function assertNotSaid(call: RehearsedCall, what: string | RegExp, { turn }: InTurn = {}): void {
  const found = saidIn(call, turn, assertNotSaid).find(({ text }) => isIn(text, what))
  if (!found) return
  fail(
    assertNotSaid,
    `The agent said ${inWords(what)}: “${found.text}”${placeOf(turn)}.\n\n${describeCall(call)}`,
  )
}

/**
 * From the end of what the caller said to the agent's first sound, in each turn. Sound is as fast as `speed` says, servers are
 * not. @throws AssertionError where it was longer, or nothing came
 */
export function assertSilenceBelow(call: RehearsedCall, milliseconds: number): void {
  for (const [index, { silenceMs }] of call.turns.entries()) {
    if (silenceMs !== undefined && silenceMs < milliseconds) continue
    const how = silenceMs === undefined ? 'for good' : `for ${silenceMs} ms`
    fail(assertSilenceBelow, `The agent was silent ${how} in turn ${index + 1}.\n\n${describeCall(call)}`)
  }
}

function saidIn(call: RehearsedCall, turn: number | undefined, assertion: Assertion): SaidByAgent[] {
  const greeting = turn === undefined ? call.greeting : []
  return [...greeting, ...turnsOf(call, turn, assertion).flatMap(({ said }) => said)]
}

function isIn(text: string, what: string | RegExp): boolean {
  return typeof what === 'string' ? text.includes(what) : text.search(what) !== -1
}

function inWords(what: string | RegExp): string {
  return typeof what === 'string' ? `“${what}”` : String(what)
}

function placeOf(turn: number | undefined): string {
  return turn === undefined ? '' : ` in turn ${turn}`
}
