import { aligned } from '../support/command.ts'
import type { Floor } from './floors.ts'
import type { ScenarioResult } from './run-scenario.ts'

export interface Judged extends ScenarioResult {
  suite: string
  tries: number
  floor: Floor | undefined
  isKept: boolean
}

/** A scenario keeps its floor where enough checks passed, and some failed exactly if it is named as not reached. */
export function judged(
  suite: string,
  result: ScenarioResult & { tries: number },
  floor: Floor | undefined,
): Judged {
  const isEnough = floor !== undefined && result.passed >= floor.checks
  const isAsSaid = result.problems.length > 0 === (floor?.notReached !== undefined)
  return { ...result, suite, floor, isKept: isEnough && isAsSaid }
}

export function tableOf(results: readonly Judged[]): string {
  const rows = results.map(({ scenario, passed, problems, floor, isKept, tries }) => [
    scenario,
    String(passed),
    String(problems.length),
    floor ? String(floor.checks) : 'none',
    verdictOf({ floor, isKept, tries, problems }),
  ])
  return aligned([['scenario', 'passed', 'failed', 'floor', ''], ...rows])
}

/** The reason why it is not is out of date. */
function isReachedNow({ floor, problems }: Pick<Judged, 'floor' | 'problems'>): boolean {
  return floor?.notReached !== undefined && problems.length === 0
}

function verdictOf({
  floor,
  isKept,
  tries,
  problems,
}: Pick<Judged, 'floor' | 'isKept' | 'tries' | 'problems'>): string {
  if (!isKept) return isReachedNow({ floor, problems }) ? 'REACHED NOW' : 'BELOW'
  if (floor?.notReached !== undefined) return 'not reached'
  return tries === 1 ? 'ok' : 'ok, the second time'
}

export function totalOf(results: readonly Judged[]): string {
  const reached = results.filter(({ isKept, floor }) => isKept && floor?.notReached === undefined).length
  const checks = results.reduce((sum, { passed }) => sum + passed, 0)
  return `${reached} of ${results.length} scenarios, ${checks} checks passed`
}

/** What a person needs to mend it. */
export function detailsOf(results: readonly Judged[]): string[] {
  const notReached = results.flatMap(({ scenario, floor }) =>
    floor?.notReached === undefined ? [] : [`${scenario} is not reached: ${floor.notReached}`],
  )
  const below = results
    .filter(({ isKept }) => !isKept)
    .flatMap((result) => [
      whyNotKept(result),
      ...result.problems.map((problem) => `  ${problem}`),
      ...(result.clientError ? [`  the client: ${result.clientError.replaceAll('\n', '\n  ')}`] : []),
    ])
  return [...notReached, ...below]
}

function whyNotKept({ scenario, passed, floor, problems }: Judged): string {
  const place = 'test/conformance/floors.json'
  if (!floor) return `${scenario} has no floor in ${place}: ${passed} checks passed`
  if (isReachedNow({ floor, problems }))
    return `${scenario} is reached now: ${passed} checks passed; take its reason out of ${place}`
  return `${scenario} is below its floor: ${passed} checks passed, ${floor.checks} are wanted`
}
