import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { questionEnds } from '../../src/contract/protocol.ts'
import { check } from '../history/checker.ts'
import { faultNames } from './faults.ts'
import { type Invariant, invariants } from './invariants.ts'
import { modes, parsePlan, planOf } from './plan.ts'
import { plantedBugs } from './planted.ts'
import { shrink } from './shrink.ts'
import { simulate } from './simulate.ts'

const seedsOfEachMode = 10
const hours = { run: 0, faultsMet: new Set<string>(), questionsEnded: new Set<string>() }

describe.each(modes)('%s', (mode) => {
  test.each(Array.from({ length: seedsOfEachMode }, (_, index) => index + 1))(
    'an hour of calls and faults keeps every promise, seed %i',
    async (seed) => {
      const { violations, history, calls, faults } = await simulate(planOf(seed, mode), {
        trace: (_, told) => {
          if (told.kind !== 'event' || told.event.type !== 'question.ended') return
          hours.questionsEnded.add(told.event.how)
        },
      })

      expect(violations).toEqual([])
      expect(check(history)).toEqual([])
      expect(calls).toBeGreaterThan(mode === 'safety' ? 800 : 400)
      expect(faults).toBeGreaterThan(70)
      for (const event of history) if (event.type === 'fault') hours.faultsMet.add(event.fault)
      hours.run += 1
    },
  )
})

test('in these hours each kind of fault met somebody, and questions ended in each way', ({ skip }) => {
  skip(hours.run < modes.length * seedsOfEachMode, 'only some of the hours ran')
  expect([...hours.faultsMet].sort()).toEqual([...faultNames].sort())
  expect([...hours.questionsEnded].sort()).toEqual([...questionEnds].sort())
})

test('the same seed makes the same run, to the byte, and another seed another one', async () => {
  const traceOf = async (seed: number) => {
    const lines: string[] = []
    const trace = (atMs: number, told: object) => void lines.push(`${atMs} ${JSON.stringify(told)}`)
    await simulate(planOf(seed, 'safety'), { trace })
    return lines.join('\n')
  }
  const first = await traceOf(1)

  expect(first.length).toBeGreaterThan(100_000)
  expect(await traceOf(1)).toBe(first)
  expect(await traceOf(2)).not.toBe(first)
})

/** An hour in which each has its own consequences alone. */
const plantedIn = 2

const plantedFor = (wanted: Invariant) => {
  const bug = plantedBugs.find(({ violates: [invariant] }) => invariant === wanted)
  if (!bug) throw new Error(`no bug is planted for "${wanted}"`)
  return bug
}

describe('a planted bug is found, and nothing else', () => {
  test.each(plantedBugs.map((bug) => [bug.violates[0], bug.words, bug] as const))(
    '%s: %s',
    async (_, __, { machines, violates }) => {
      const { violations } = await simulate(planOf(plantedIn, 'liveness'), { machines })
      expect([...new Set(violations.map(({ invariant }) => invariant))].sort()).toEqual([...violates].sort())
    },
  )

  test('and the checker, which knows nothing of the sources, finds the lies among them', async () => {
    const liesOf = async (invariant: Invariant) => {
      const { history } = await simulate(planOf(1, 'safety'), plantedFor(invariant))
      return [...new Set(check(history).map(({ lie }) => lie))]
    }
    expect(await liesOf('none is none')).toEqual(['false nothing happened'])
    expect(await liesOf('ok is ok')).toEqual(['false success'])
    expect(await liesOf('at most once')).toEqual(['duplicate'])
    expect(await liesOf('one outcome')).toEqual(['not one outcome'])
  })
})

test('a failing plan shrinks to the few deeds that matter', async () => {
  const { plan, result } = await shrink(planOf(1, 'safety'), 'in time', plantedFor('in time'))

  expect(plan.deeds.map((deed) => deed.do)).toEqual(['call'])
  expect(result.violations).toMatchObject([{ invariant: 'in time' }])
})

describe('what was found once stays mended', () => {
  const directory = new URL('found/', import.meta.url)
  test.each(readdirSync(directory))('%s', async (file) => {
    const plan = parsePlan(readFileSync(new URL(file, directory), 'utf8'))
    const { violations, history } = await simulate(plan)

    expect(violations).toEqual([])
    expect(check(history)).toEqual([])
  })
})

test('each invariant has a planted bug', () => {
  const planted = new Set(plantedBugs.map(({ violates: [invariant] }) => invariant))
  expect([...planted]).toEqual(Object.keys(invariants))
})
