/** Which scenarios there are: what the suites themselves list, so that none is passed over. */
import { runSuite } from './suite-process.ts'

export interface Suite {
  name: string
  /** What this project is in it; as a server it is a proxy. */
  role: 'client' | 'server'
  /** An alias in conformance/package.json. */
  package: 'conformance-0.1' | 'conformance-0.2'
  list: readonly string[]
  run: readonly string[]
  /** Of a line of the listing: the scenario in it, if it is one for a client. */
  scenario: RegExp
}

const listed = /^ {2}- (\S+)(?: \[[\d\w.,-]+\])?$/
const required = (revision: string): Suite => ({
  name: revision,
  role: 'client',
  package: 'conformance-0.2',
  list: ['list', '--client', '--requirements', revision],
  run: ['--spec-version', revision],
  scenario: listed,
})

export const suites: readonly Suite[] = [
  {
    name: '0.1.16',
    role: 'client',
    package: 'conformance-0.1',
    list: ['list', '--client'],
    run: [],
    scenario: listed,
  },
  required('2025-11-25'),
  required('2026-07-28'),
  {
    name: 'extensions',
    role: 'client',
    package: 'conformance-0.2',
    list: ['list', '--client', '--requirements', '2025-11-25'],
    run: [],
    scenario: /^ {4}- (\S+) \[client\]$/,
  },
  {
    ...required('2025-11-25'),
    name: 'proxy',
    role: 'server',
    list: ['list', '--server', '--requirements', '2025-11-25'],
  },
]

export async function scenariosOf(suite: Suite): Promise<string[]> {
  const { stdout } = await runSuite(suite.package, suite.list)
  // Each may list the scenarios of both roles.
  const sections = stdout.split(/^(?=(?:Client|Server) scenarios)/m)
  const heading = suite.role === 'client' ? 'Client scenarios' : 'Server scenarios'
  const scenarios = sections
    .filter((section) => section.startsWith(heading))
    .flatMap((section) => section.split('\n'))
    .flatMap((line) => suite.scenario.exec(line)?.[1] ?? [])
  if (scenarios.length === 0) throw new Error(`${suite.package} lists no scenarios for ${suite.name}`)
  return scenarios
}
