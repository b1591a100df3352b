import { ProgressLine } from '../support/command.ts'
import { type Floors, readFloors } from './floors.ts'
import { startProxy } from './proxy/proxy.ts'
import { type Judged, judged } from './report.ts'
import { runScenario } from './run-scenario.ts'
import { type Suite, scenariosOf } from './suites.ts'

interface Due {
  suite: Suite
  scenario: string
}

/** In the order in which the suites list their scenarios. @throws Error for a scenario that is in none */
export async function runSuites(
  chosen: readonly Suite[],
  only: readonly string[] | undefined,
  atOnce: number,
): Promise<Judged[]> {
  const floors = readFloors()
  const due = (await listed(chosen, floors)).filter(({ scenario }) => only?.includes(scenario) ?? true)
  if (due.length === 0) throw new Error('no such scenario')
  const proxy = due.some(({ suite }) => suite.role === 'server') ? await startProxy() : undefined
  const tried = async ({ suite, scenario }: Due, tries: number) => {
    const result = await runScenario(suite, scenario, proxy?.url)
    return judged(suite.name, { ...result, tries }, floors[suite.name]?.[scenario])
  }
  try {
    const results = await sideBySide(due, atOnce, (one) => tried(one, 1))
    // Some scenarios measure times, which a busy machine spoils: each has a second try, with nothing beside it.
    for (const [index, one] of due.entries()) {
      if (!results[index]?.isKept) results[index] = await tried(one, 2)
    }
    return results
  } finally {
    await proxy?.close()
  }
}

async function listed(chosen: readonly Suite[], floors: Floors): Promise<Due[]> {
  const all = await Promise.all(
    chosen.map(async (suite) => {
      const scenarios = await scenariosOf(suite)
      const unknown = Object.keys(floors[suite.name] ?? {}).filter((name) => !scenarios.includes(name))
      if (unknown.length > 0)
        throw new Error(`test/conformance/floors.json names ${unknown}, which ${suite.name} does not list`)
      return scenarios.map((scenario) => ({ suite, scenario }))
    }),
  )
  return all.flat()
}

async function sideBySide(
  due: readonly Due[],
  atOnce: number,
  run: (one: Due) => Promise<Judged>,
): Promise<Judged[]> {
  const results: Judged[] = []
  const queue = [...due.entries()]
  let done = 0
  const progress = new ProgressLine(() => `${done} of ${due.length} scenarios`)
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, one] = next
      results[index] = await run(one)
      done += 1
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, work))
  } finally {
    progress.end()
  }
  return results
}
