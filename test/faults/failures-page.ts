import type { ServerState } from '../../src/index.ts'
import type { Transport } from '../support/transports.ts'
import type { Told } from './during-call.ts'

export interface Seen {
  /** In its table; the tests may run in any order. */
  position: number
  fault: string
  over: Transport
  ends?: string
  told?: Told
  ran: 0 | 1
  states: readonly ServerState[]
  lifted?: 'restart'
  flaps?: true
}

const titles = ['During a call', 'While nobody calls', 'From the start'] as const
type Title = (typeof titles)[number]

const introduction = `# What happens when a server fails

This page is written by \`test/faults/failures.test.ts\` from what it saw, and that test fails if the two differ
(\`npx vitest run test/faults -u\` writes it anew). Each row ran against a real process that did this wrong.

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

  add(section: Title, seen: Seen): void {
    this.#sections.set(section, [...(this.#sections.get(section) ?? []), seen])
  }

  markdown(): string {
    const sections = titles.map((title) => {
      const rows = [...(this.#sections.get(title) ?? [])].sort((a, b) => a.position - b.position)
      return `## ${title}\n\n${table(rows)}`
    })
    return [introduction, ...sections].join('\n')
  }
}

const words = { stdio: 'stdio', http: 'HTTP' }

function table(seen: readonly Seen[]): string {
  const hasCall = seen.some(({ ends }) => ends !== undefined)
  const hasTold = seen.some(({ told }) => told !== undefined)
  const columns = [
    'Fault',
    'Over',
    ...(hasCall ? ['The call ends'] : []),
    ...(hasTold ? ['Ran', 'Told'] : []),
    'The server',
  ]
  const rows = new Map<string, { cells: string[]; over: string[] }>()
  for (const one of seen) {
    const cells = [
      ...(hasCall ? [one.ends === 'ok' ? '`ok`' : String(one.ends).replace(/^\w+/, '`$&`')] : []),
      ...(hasTold ? [String(one.ran), one.told ?? ''] : []),
      journey(one),
    ]
    const key = [one.fault, ...cells].join('|')
    const row = rows.get(key) ?? { cells, over: [] }
    row.over.push(words[one.over])
    rows.set(key, row)
  }
  const lines = [...rows].map(([key, { cells, over }]) => [key.split('|')[0], over.join(', '), ...cells])
  return [columns, columns.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

function journey({ states, lifted, flaps }: Seen): string {
  if (states.length === 1) return 'stays ready'
  const path = states.join(' → ')
  if (lifted) return `${path} (\`restart()\`)`
  return flaps ? `${path} …` : path
}
