/**
 * A server that does what it likes, by the dice of its `--seed`, until the file `lifted` appears in its directory; from then
 * on it does everything right. Over stdio or, with `--http PORT`, Streamable HTTP. Its journal has each call that it
 * received, and each of these that it refused in words that mean that it did nothing.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createMcp } from '../faults/mcp.mjs'
import { createNotes } from '../faults/notes.mjs'
import { serveHttp } from './hostile-http.mjs'
import { serveStdio } from './hostile-stdio.mjs'
import { createMutator } from './mutate.mjs'
import { createRandom } from './random.mjs'

const lookMs = 10

const { values: options } = parseArgs({
  options: { directory: { type: 'string' }, seed: { type: 'string' }, http: { type: 'string' } },
})
const { directory } = options

const notes = createNotes(directory)
const journalFile = join(directory, 'journal.jsonl')
const starts = existsSync(journalFile) ? readFileSync(journalFile, 'utf8').split('"started"').length - 1 : 0
notes.journal({ event: 'started' })

// Another process of the same seed does other things.
const random = createRandom(Number(options.seed) * 1_000 + starts)

const isLifted = () => existsSync(join(directory, 'lifted'))
const whenLifted = (work) => {
  const timer = setInterval(() => {
    if (!isLifted()) return
    clearInterval(timer)
    work()
  }, lookMs)
}

const host = {
  random,
  mutator: createMutator(random),
  notes,
  isLifted,
  whenLifted,
  createMcp: () =>
    createMcp({
      options: { only: 'charge,look,sum', named: [] },
      directory,
      notes: { ledger: () => {}, journal: () => {} },
      isFirst: starts === 0,
      awake: async () => {},
    }),
  /** Whether this request is answered wrongly. Most connections come about, or nothing else would be tried. */
  strikes: (method) => !isLifted() && random.chance(method === 'tools/call' ? 0.75 : 0.08),
}

// A fault of this program, not one that is meant: the test wants none.
process.on('uncaughtException', (error) => notes.journal({ event: 'error', error: String(error.stack) }))

if (options.http !== undefined) serveHttp(host, Number(options.http))
else serveStdio(host)
