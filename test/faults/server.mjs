/**
 * An MCP server that speaks the wire itself, so that it can break it: over stdio or, with `--http PORT`, Streamable HTTP
 * (0: any port; the journal says which). Without orders (`orders.mjs`) it does everything right.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { serveHttp } from './http.mjs'
import { createMcp } from './mcp.mjs'
import { eraIn } from './modern.mjs'
import { createNotes, fileAppears } from './notes.mjs'
import { createOrders } from './orders.mjs'
import { spokenTools } from './spoken-tools.mjs'
import { serveStdio } from './stdio.mjs'

const { values: options } = parseArgs({
  options: {
    directory: { type: 'string' },
    http: { type: 'string' },
    /** Where it listens then. */
    host: { type: 'string', default: '127.0.0.1' },
    /** `modern`: MCP 2026-07-28 alone. What the file `era` says goes before it, from the next process on. */
    era: { type: 'string', default: 'legacy' },
    /** For how long a client may keep a listing (2026-07-28), in milliseconds. */
    ttl: { type: 'string' },
    /** Over HTTP an answer is JSON, not a stream. */
    json: { type: 'boolean' },
    /** Over HTTP there is no stream of events. */
    'no-events': { type: 'boolean' },
    /** Over HTTP there are no sessions. */
    'no-session': { type: 'boolean' },
    /** Over HTTP each request has a connection of its own. */
    'no-keep-alive': { type: 'boolean' },
    /** HTTP status for a session that is not known. */
    'lost-session': { type: 'string', default: '404' },
    /** Only these of the standard tools, separated by commas. */
    only: { type: 'string' },
    /** Token tools under these names besides. */
    named: { type: 'string', multiple: true, default: [] },
    /** Tools listed on a page; default: all. */
    page: { type: 'string' },
    /** The tools of `spoken-tools.mjs`. */
    spoken: { type: 'boolean' },
    malformed: { type: 'boolean' },
    /** Each page of tools names a next one. */
    endless: { type: 'boolean' },
    'hang-initialize': { type: 'boolean' },
    /** The same, as long as this file is absent. */
    'hang-until': { type: 'string' },
    /** Only the first process lives. */
    'dies-again': { type: 'boolean' },
    'ignore-end': { type: 'boolean' },
    /** A child of its own, which ignores SIGTERM and holds its pipes. */
    child: { type: 'boolean' },
    /** The same, in a session of its own, with no pipe of ours. */
    runaway: { type: 'boolean' },
    /** Writes this to stderr and exits with code 7. */
    'exit-with': { type: 'string' },
  },
})

const directory = options.directory
const notes = createNotes(directory)
const journalFile = join(directory, 'journal.jsonl')
const isFirst = !existsSync(journalFile) || !readFileSync(journalFile, 'utf8').includes('"started"')
notes.journal({ event: 'started' })

if (options['exit-with'] !== undefined) {
  process.stderr.write(`${options['exit-with']}\n`, () => process.exit(7))
}

if (options['dies-again'] && !isFirst) process.exit(1)

if (options['ignore-end']) {
  process.on('SIGTERM', () => notes.journal({ event: 'SIGTERM' }))
  setInterval(() => {}, 1 << 30)
} else {
  process.stdin.on('end', () => process.exit(0))
}

if (options.child) startChild({ stdio: ['ignore', 'inherit', 'inherit'] })
if (options.runaway) startChild({ stdio: 'ignore', detached: true })

function startChild(how) {
  const script = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1 << 30)"
  const child = spawn(process.execPath, ['-e', script], how)
  notes.journal({ event: 'child', child: child.pid })
}

const hungUntil = options['hang-initialize'] ? 'never' : options['hang-until']

/** Resolves when it may answer `initialize`. */
async function awake() {
  if (hungUntil === undefined || existsSync(join(directory, hungUntil))) return
  notes.journal({ event: 'hangs' })
  await fileAppears(directory, hungUntil)
}

const offered = options.spoken ? spokenTools : undefined

const era = eraIn(directory, options.era)
const server = {
  notes,
  orders: createOrders(directory),
  createMcp: () => createMcp({ options: { ...options, era }, directory, notes, isFirst, awake, offered }),
}

if (process.connected) process.once('disconnect', () => process.exit())
if (options.http !== undefined) serveHttp(server, options)
else if (options['exit-with'] === undefined) serveStdio(server)
