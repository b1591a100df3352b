import type { JsonObject } from '../../contract/protocol.ts'
import { describeCall } from '../describe.ts'
import type { ReceivedCall } from '../fault-server/ledger.ts'
import type { RehearsedCall, SwitchboardCall } from '../rehearsed-call/result.ts'
import { type Assertion, equal, fail } from './failure.ts'
import { comparable, type ExpectedOutcome } from './outcome.ts'

/** What is left out is not compared. */
export interface ExpectedCall {
  function: string
  arguments?: JsonObject
  outcome?: ExpectedOutcome
}

export interface InTurn {
  /** From 1. Default: all turns. */
  turn?: number
}

/**
 * The calls that the switchboard made, all of them and in their order; those that it answers itself, such as `tool_status`, too.
 * @throws AssertionError with the difference and the call in words
 */
export function assertCalls(
  call: RehearsedCall,
  expected: readonly ExpectedCall[],
  { turn }: InTurn = {},
): void {
  const calls = turnsOf(call, turn, assertCalls).flatMap((one) => one.calls)
  const actual = calls.map((one, index) => asExpected(one, expected[index]))
  const what = `The calls${turn === undefined ? '' : ` of turn ${turn}`} are others.`
  equal(assertCalls, what, { actual, expected: [...expected], context: describeCall(call) })
}

function asExpected(call: SwitchboardCall, expected: ExpectedCall | undefined): unknown {
  const whole = expected === undefined
  return {
    function: call.function,
    ...(whole || expected.arguments !== undefined ? { arguments: call.arguments } : {}),
    ...(whole || expected.outcome !== undefined
      ? { outcome: comparable(call.outcome, expected?.outcome) }
      : {}),
  }
}

/** Of a fault server: what was really done, all of it and in its order. `[]`: nothing was. @throws AssertionError */
export function assertExecutions(
  server: { executions: readonly ReceivedCall[] },
  expected: readonly { tool: string; arguments?: JsonObject }[],
): void {
  const actual = server.executions.map(({ tool, arguments: args }, index) => {
    const one = expected[index]
    return one !== undefined && one.arguments === undefined ? { tool } : { tool, arguments: args }
  })
  equal(assertExecutions, 'The server executed something else.', { actual, expected: [...expected] })
}

/** @throws AssertionError where there is no such turn */
export function turnsOf(
  call: RehearsedCall,
  turn: number | undefined,
  assertion: Assertion,
): RehearsedCall['turns'] {
  if (turn === undefined) return call.turns
  const one = call.turns[turn - 1]
  return one ? [one] : fail(assertion, `There is no turn ${turn}; the call has ${call.turns.length}.`)
}
