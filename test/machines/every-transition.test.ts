import { afterEach, describe, expect, test } from 'vitest'
import { callMachine } from '../../src/machines/call.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { supervisorMachine } from '../../src/machines/supervisor.ts'
import { MachineCoverage } from '../model/machine-coverage.ts'
import { planOf } from '../simulation/plan.ts'
import { simulate } from '../simulation/simulate.ts'
import { testCall } from './transitions/call.ts'
import { testConversation } from './transitions/conversation.ts'
import { testServerCalls } from './transitions/server-calls.ts'
import { testServerClosing } from './transitions/server-closing.ts'
import { testServerConnection } from './transitions/server-connection.ts'
import { testSupervisor } from './transitions/supervisor.ts'

const coverage = new MachineCoverage([supervisorMachine, serverMachine, callMachine, conversationMachine])
const { inspect } = coverage
const parts = { simulated: 0, byHand: 0 }

/** Whatever runs of a switchboard bring about. */
describe('in simulated hours', () => {
  test.each([1, 2, 3])('of seed %i', async (seed) => {
    for (const mode of ['safety', 'liveness'] as const) {
      expect((await simulate(planOf(seed, mode), { inspect })).violations).toEqual([])
    }
    parts.simulated += 1
  })
})

/** What comes too rarely to wait for it, or is there only in case that a part breaks its contract. */
describe('at odd moments', () => {
  afterEach(() => {
    parts.byHand += 1
  })

  testSupervisor(inspect)
  testServerConnection(inspect)
  testServerCalls(inspect)
  testServerClosing(inspect)
  testCall(inspect)
  testConversation(inspect)
})

test('every state of the machines was entered, and every transition taken', ({ skip }) => {
  // With a filter.
  skip(parts.simulated === 0 || parts.byHand === 0, 'only some of the tests ran')
  const { states, transitions } = coverage
  const share = ({ all, missing }: typeof states) => `${all.length - missing.length}/${all.length}`
  console.log(`src/machines: states ${share(states)}, transitions ${share(transitions)}`)

  expect(states.missing).toEqual([])
  expect(transitions.missing).toEqual([])
})
