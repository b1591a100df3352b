import { expect, test } from 'vitest'
import { detailsOf, judged, tableOf, totalOf } from './report.ts'
import type { ScenarioResult } from './run-scenario.ts'

type Tried = ScenarioResult & { tries: number }

const result = (more: Partial<Tried> = {}): Tried => ({
  ...{ scenario: 'ping', passed: 3, problems: [], clientError: undefined, durationMs: 1, tries: 1 },
  ...more,
})
const floor = (checks: number, notReached?: string) => ({ checks, notReached })
const problems = ['FAILURE late: it came late']

test.each([
  ['passes what its floor wants', result(), floor(3), true],
  ['passes less', result(), floor(4), false],
  ['passes enough and fails a check', result({ problems }), floor(3), false],
  ['fails a check for a reason that is named', result({ problems }), floor(3, 'not built'), true],
  ['passes all, and is named as not reached', result(), floor(3, 'not built'), false],
  ['has no floor', result(), undefined, false],
])('a scenario that %s', (_what, one, wanted, isKept) => {
  expect(judged('proxy', one, wanted).isKept).toBe(isKept)
})

test('what is not reached and what is below is told with the reason, and not counted', () => {
  const results = [
    judged('proxy', result(), floor(3)),
    judged('proxy', result({ scenario: 'log', problems }), floor(3, 'not built')),
    judged('proxy', result({ scenario: 'late', problems, tries: 2 }), floor(4)),
  ]
  expect(totalOf(results)).toBe('1 of 3 scenarios, 9 checks passed')
  expect(detailsOf(results)).toEqual([
    'log is not reached: not built',
    'late is below its floor: 3 checks passed, 4 are wanted',
    '  FAILURE late: it came late',
  ])
  expect(tableOf(results).split('\n').slice(1)).toEqual([
    'ping           3       0      3           ok',
    'log            3       1      3  not reached',
    'late           3       1      4        BELOW',
  ])
})
