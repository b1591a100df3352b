/** Which scenarios there are: what the suites themselves list, so that none is passed over. */
import { runSuite } from './suite-process.ts'

export interface Suite {
  name: string
  /** An alias in suite/package.json. */
  package: 'conformance-0.1' | 'conformance-0.2'
  list: readonly string[]
  run: readonly string[]
  /** Of a line of the listing: the scenario in it, if it is one for a client. */
  scenario: RegExp
}

const listed = /^ {2}- (\S+)(?: \[[\d\w.,-]+\])?$/
const required = (revision: string): Suite => ({
  name: revision,
  package: 'conformance-0.2',
  list: ['list', '--client', '--requirements', revision],
  run: ['--spec-version', revision],
  scenario: listed,
})

export const suites: readonly Suite[] = [
  { name: '0.1.16', package: 'conformance-0.1', list: ['list', '--client'], run: [], scenario: listed },
  required('2025-11-25'),
  required('2026-07-28'),
  {
    name: 'extensions',
    package: 'conformance-0.2',
    list: ['list', '--client', '--requirements', '2025-11-25'],
    run: [],
    scenario: /^ {4}- (\S+) \[client\]$/,
  },
]

export async function scenariosOf(suite: Suite): Promise<string[]> {
  const { stdout } = await runSuite(suite.package, suite.list)
  const from = stdout.indexOf('Client scenarios')
  const scenarios = stdout
    .slice(Math.max(from, 0))
    .split('\n')
    .flatMap((line) => suite.scenario.exec(line)?.[1] ?? [])
  if (scenarios.length === 0) throw new Error(`${suite.package} lists no scenarios for ${suite.name}`)
  return scenarios
}
