import type { ServerState } from '../../src/index.ts'
import { type Era, eras, type Transport, transports, versionOf } from '../support/transports.ts'
import type { InEras } from './cases.ts'
import type { Told } from './during-call/fault.ts'

export interface Seen {
  /** In its table; the tests may run in any order. */
  position: number
  fault: string
  over: Transport
  era: Era
  only?: InEras<unknown>['only']
  ends?: string
  told?: Told
  ran: 0 | 1
  states: readonly ServerState[]
  lifted?: 'restart'
  flaps?: boolean
}

const titles = ['During a call', 'While nobody calls', 'From the start'] as const
type Title = (typeof titles)[number]

const introductionTo = (faults: number, cases: number) => `# What happens when a server fails

This page is written by \`test/faults/failures.test.ts\` from what it saw, and that test fails if the two differ
(\`npx vitest run test/faults -u\` writes it anew). It has ${faults} faults in ${cases} cases, each against a real process. A fault is
what a server does wrong during a call, while nobody calls, or from the start; a case is that over one transport, in one
version of MCP.

- **2025-11-25** and **2026-07-28** are the versions of MCP in which the fault was made, the older one for all that begin
  with \`initialize\`, and the transports; or why there is no such fault. One that ends differently has a row for each.
  In 2026-07-28 there is no session that could be lost, \`server/discover\` is asked where a ping was, and over HTTP a
  call is cancelled by closing its answer, after which none can come.
- **The call ends** with the server's own answer (\`ok\`) or with a code and an effect: \`none\`, surely nothing was done;
  \`unknown\`, nobody can know; \`done\`, it was done and the answer is wrong.
- **Ran** is what the server's own ledger says, how often the tool was started. No tool of this page is read-only or
  idempotent, and none ran twice.
- **Told** says what ended the call: *at once*, the fault itself, while every time-out stood at ten minutes; *silence*,
  nothing was heard for \`unresponsiveAfterMs\` (5 s), not even an answer to a ping; *deadline*, \`callTimeoutMs\` (15 s).
- **The server** goes through these states until it is ready again, without any call. A remote server that died is
  started by somebody else; \`restart()\` marks where only the operator can help. … means that it comes and goes until
  the fault is lifted.
`

/** Rows of one fault that differ in their transport alone become one. */
export class FailuresPage {
  readonly #sections = new Map<Title, Seen[]>()

  get length(): number {
    return [...this.#sections.values()].reduce((count, { length }) => count + length, 0)
  }

  get #faults(): number {
    return [...this.#sections.values()].flatMap((seen) => [...new Set(seen.map(({ fault }) => fault))]).length
  }

  add(section: Title, seen: Seen): void {
    this.#sections.set(section, [...(this.#sections.get(section) ?? []), seen])
  }

  markdown(): string {
    const sections = titles.map((title) => {
      const rows = [...(this.#sections.get(title) ?? [])].sort((a, b) => a.position - b.position)
      return `## ${title}\n\n${table(rows)}`
    })
    return [introductionTo(this.#faults, this.length), ...sections].join('\n')
  }
}

const words = { stdio: 'stdio', http: 'HTTP' }

function table(seen: readonly Seen[]): string {
  const hasCall = seen.some(({ ends }) => ends !== undefined)
  const hasTold = seen.some(({ told }) => told !== undefined)
  const columns = [
    'Fault',
    ...eras.map((era) => versionOf[era]),
    ...(hasCall ? ['The call ends'] : []),
    ...(hasTold ? ['Ran', 'Told'] : []),
    'The server',
  ]
  const rows = new Map<string, { cells: string[]; same: Seen[] }>()
  for (const one of seen) {
    const cells = [
      ...(hasCall ? [one.ends === 'ok' ? '`ok`' : String(one.ends).replace(/^\w+/, '`$&`')] : []),
      ...(hasTold ? [String(one.ran), one.told ?? ''] : []),
      journey(one),
    ]
    const key = [one.fault, ...cells].join('|')
    const row = rows.get(key) ?? { cells, same: [] }
    row.same.push(one)
    rows.set(key, row)
  }
  const lines = [...rows.values()].map(({ cells, same }) => [
    same[0]?.fault ?? '',
    ...eras.map((era) => whereIn(era, same)),
    ...cells,
  ])
  return [columns, columns.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

function whereIn(era: Era, same: readonly Seen[]): string {
  const over = transports.filter((one) => same.some((seen) => seen.era === era && seen.over === one))
  if (over.length > 0) return over.map((one) => words[one]).join(', ')
  const only = same[0]?.only
  return only ? `– ${only.because}`.trim() : ''
}

function journey({ states, lifted, flaps }: Seen): string {
  if (states.length === 1) return 'stays ready'
  const path = states.join(' → ')
  if (lifted) return `${path} (\`restart()\`)`
  return flaps ? `${path} …` : path
}
