import { expect, test } from 'vitest'
import { callMachine } from '../../src/machines/call.ts'
import { conversationMachine } from '../../src/machines/conversation.ts'
import { serverMachine } from '../../src/machines/server.ts'
import { supervisorMachine } from '../../src/machines/supervisor.ts'
import { MachineCoverage } from '../model/machine-coverage.ts'
import { planOf } from './plan.ts'
import { simulate } from './simulate.ts'

const seeds = [1, 2, 3, 4, 5, 6]

test('the simulation enters every state of the machines, and takes every transition', async () => {
  const coverage = new MachineCoverage([supervisorMachine, serverMachine, callMachine, conversationMachine])
  for (const seed of seeds) {
    await simulate(planOf(seed, 'safety'), { inspect: coverage.inspect })
    await simulate(planOf(seed, 'liveness'), { inspect: coverage.inspect })
  }
  const { states, transitions } = coverage
  const share = (list: { all: string[]; missing: string[] }) =>
    `${list.all.length - list.missing.length}/${list.all.length}`
  console.log(`machines: states ${share(states)}, transitions ${share(transitions)}`)

  expect(states.missing).toEqual([])
  expect(transitions.missing).toEqual([])
})
