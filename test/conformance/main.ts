/** `npm run conformance`: this project as a client in the conformance suites of MCP, each scenario alone. */
import { parseArgs } from 'node:util'
import { ProgressLine, runCommand, wholeNumber } from '../support/command.ts'
import { readFloors } from './floors.ts'
import { detailsOf, type Judged, judged, tableOf, totalOf } from './report.ts'
import { runScenario } from './run-scenario.ts'
import { installSuites } from './suite-process.ts'
import { type Suite, scenariosOf, suites } from './suites.ts'

const help = `npm run conformance -- [options]

  --suite NAME   only this one: ${suites.map(({ name }) => name).join(', ')}; may be given again
  --only NAME    only this scenario; may be given again
  --at-once N    scenarios side by side (default: 3)
  --json         one JSON object instead of tables
  --help

Exit code 1 if a scenario passes fewer checks than test/conformance/floors.json wants, or fails one without a reason there.`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      suite: { type: 'string', multiple: true },
      only: { type: 'string', multiple: true },
      'at-once': { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(help)
    return 0
  }
  const chosen = suites.filter(({ name }) => values.suite?.includes(name) ?? true)
  if (chosen.length < (values.suite?.length ?? 0)) throw new Error(`no such suite; ${help}`)
  const atOnce = wholeNumber('--at-once', values['at-once'])
  await installSuites((words) => console.error(words))
  const results = await run(chosen, values.only, Math.max(atOnce, 1))
  if (values.json) console.log(JSON.stringify({ results }))
  else
    for (const { name } of chosen)
      print(
        name,
        results.filter(({ suite }) => suite === name),
      )
  return results.every(({ isKept }) => isKept) ? 0 : 1
}

async function run(
  chosen: readonly Suite[],
  only: readonly string[] | undefined,
  atOnce: number,
): Promise<Judged[]> {
  const floors = readFloors()
  const listed = await Promise.all(
    chosen.map(async (suite) => (await scenariosOf(suite)).map((scenario) => ({ suite, scenario }))),
  )
  const wanted = listed.flat()
  for (const { name } of chosen) {
    for (const scenario of Object.keys(floors[name] ?? {})) {
      if (!wanted.some((one) => one.suite.name === name && one.scenario === scenario))
        throw new Error(`test/conformance/floors.json names ${scenario}, which the suite ${name} has not`)
    }
  }
  const due = wanted.filter(({ scenario }) => only?.includes(scenario) ?? true)
  if (due.length === 0) throw new Error('no such scenario')
  const results: (Judged | undefined)[] = due.map(() => undefined)
  let next = 0
  let done = 0
  const progress = new ProgressLine(() => `${done} of ${due.length} scenarios`)
  const work = async () => {
    for (let at = next++; at < due.length; at = next++) {
      const one = due[at]
      if (!one) return
      const { suite, scenario } = one
      results[at] = judged(suite.name, await runScenario(suite, scenario), floors[suite.name]?.[scenario])
      done++
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, work))
  } finally {
    progress.end()
  }
  return againIfBelow(results.filter((one) => one !== undefined))
}

/** Some scenarios measure times, which a busy machine spoils: each has a second try, with nothing beside it. */
async function againIfBelow(results: readonly Judged[]): Promise<Judged[]> {
  const kept: Judged[] = []
  for (const first of results) {
    const suite = suites.find(({ name }) => name === first.suite)
    if (first.isKept || !suite) kept.push(first)
    else
      kept.push(judged(suite.name, { ...(await runScenario(suite, first.scenario)), tries: 2 }, first.floor))
  }
  return kept
}

function print(name: string, results: readonly Judged[]): void {
  if (results.length === 0) return
  console.log(`\n${name}\n${tableOf(results)}\n${totalOf(results)}`)
  for (const line of detailsOf(results)) console.log(line)
}

await runCommand('conformance', main)
