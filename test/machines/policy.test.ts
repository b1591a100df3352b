import { expect, test } from 'vitest'
import { SwitchboardError } from '../../src/contract/errors.ts'
import { parsePolicy } from '../../src/contract/policy.ts'

const defaults = {
  patienceMs: 3_000,
  connectTimeoutMs: 30_000,
  callTimeoutMs: 15_000,
  maxCallMs: 120_000,
  unresponsiveAfterMs: 5_000,
  heartbeatMs: 10_000,
  heartbeatDuringCallsMs: 2_000,
  heartbeatTimeoutMs: 1_000,
  minBackOffMs: 250,
  maxBackOffMs: 30_000,
  stableAfterMs: 30_000,
  drainTimeoutMs: 5_000,
  closeGraceMs: 1_000,
  maxInFlight: 64,
  maxCalls: 1_000,
  questionTimeoutMs: 60_000,
  fillerAfterMs: 1_200,
  fillerAgainAfterMs: 8_000,
  confirmWithinMs: 60_000,
  loopStoppedAt: 3,
  maxToolSteps: 8,
  maxTextCharacters: 8_000,
}
const names = Object.keys(defaults)
const times = names.filter((name) => name.endsWith('Ms'))

function refusal(options: unknown): unknown {
  try {
    return parsePolicy(options)
  } catch (error) {
    return error instanceof SwitchboardError ? [error.code, error.message] : error
  }
}

test('whoever says nothing gets what the design says', () => {
  expect(parsePolicy({})).toEqual(defaults)
})

test('what is said holds, and the rest stays', () => {
  expect(parsePolicy({ patienceMs: 1, maxCalls: 2 })).toEqual({ ...defaults, patienceMs: 1, maxCalls: 2 })
})

test.each(names)('%s is a whole number above 0', (name) => {
  const problem = (value: unknown) => refusal({ [name]: value })
  expect(problem(1)).toEqual({ ...defaults, [name]: 1 })
  expect([problem(0), problem(1.5), problem('1')]).toEqual([
    ['wrong_form', `option "${name}": Too small: expected number to be >0`],
    ['wrong_form', `option "${name}": Invalid input: expected int, received number`],
    ['wrong_form', `option "${name}": Invalid input: expected number, received string`],
  ])
})

test.each(times)('%s is no longer than a timer can be', (name) => {
  expect(refusal({ [name]: 2_147_483_647 })).toEqual({ ...defaults, [name]: 2_147_483_647 })
  expect(refusal({ [name]: 2_147_483_648 })).toEqual([
    'wrong_form',
    `option "${name}": Too big: expected number to be <=2147483647`,
  ])
})

test.each([
  ['patienceMS', 'unknown option "patienceMS"; did you mean "patienceMs"?'],
  ['mcpServer', 'unknown option "mcpServer"; did you mean "mcpServers"?'],
  ['configFiles', 'unknown option "configFiles"; did you mean "configFile"?'],
  ['wait', 'unknown option "wait"'],
])('the option %s is not known', (name, message) => {
  expect(refusal({ [name]: 1 })).toEqual(['unknown_option', message])
})
