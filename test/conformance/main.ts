/** `npm run conformance`: this project as a client in the conformance suites of MCP, each scenario alone. */
import { parseArgs } from 'node:util'
import { runCommand, wholeNumber } from '../support/command.ts'
import { detailsOf, type Judged, tableOf, totalOf } from './report.ts'
import { runSuites } from './run-suites.ts'
import { installSuites } from './suite-process.ts'
import { suites } from './suites.ts'

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
  const results = await runSuites(chosen, values.only, Math.max(atOnce, 1))
  if (values.json) console.log(JSON.stringify({ results }))
  else
    for (const { name } of chosen)
      print(
        name,
        results.filter(({ suite }) => suite === name),
      )
  return results.every(({ isKept }) => isKept) ? 0 : 1
}

function print(name: string, results: readonly Judged[]): void {
  if (results.length === 0) return
  console.log(`\n${name}\n${tableOf(results)}\n${totalOf(results)}`)
  for (const line of detailsOf(results)) console.log(line)
}

await runCommand('conformance', main)
