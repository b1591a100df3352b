/** `npm run chaos`: real servers, real faults, and what the callers were told compared with what was done. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createSwitchboard } from '../../src/index.ts'
import type { HistoryEvent } from '../history/history.ts'
import { runChaos } from './chaos.ts'
import { inWords, isClean, summaryOf } from './report.ts'
import type { Tally } from './tally.ts'

const help = `npm run chaos -- [options]

  --calls N        at least so many calls, and until each kind of fault has struck (default: 10000)
  --seed N         the same choice of calls and faults (default: another one each time)
  --history FILE   keeps what was seen from outside, one JSON object a line
  --json           one JSON object instead of words
  --help

Ctrl+C ends it early; what was done so far is judged. Exit code 1 if anybody was lied to, or a process is left.
`

/** Most calls are to meet servers that are well. */
const maxRestMs = 2_000

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    history: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(help)
else await run()

async function run(): Promise<void> {
  const calls = wholeNumber('--calls', values.calls)
  const seed = wholeNumber('--seed', values.seed)
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  process.once('SIGTERM', () => interrupted.abort())
  process.stderr.write(`seed ${seed}\n`)

  const onProgress = progressLine(calls)
  const { signal } = interrupted
  const how = { everyFault: true, maxRestMs, seed, signal }
  const result = await runChaos({ createSwitchboard, calls, ...how, onProgress })
  if (process.stderr.isTTY) process.stderr.write('\n')
  if (values.history !== undefined) {
    await pipeline(linesOf(result.history), createWriteStream(values.history))
  }
  const summary = { seed, ...summaryOf(result) }
  process.stdout.write(values.json ? `${JSON.stringify(summary)}\n` : `${inWords(result)}\n`)
  process.exitCode = isClean(result) ? 0 : 1
}

function* linesOf(history: Iterable<HistoryEvent>): Iterable<string> {
  for (const event of history) yield `${JSON.stringify(event)}\n`
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0)
    throw new Error(`${option} must be a whole number, not ${text}`)
  return number
}

/** Each second on a terminal, else every 10. */
function progressLine(wanted: number): (progress: { calls: number; tally: Tally }) => void {
  const everyMs = process.stderr.isTTY ? 1_000 : 10_000
  const startedAt = performance.now()
  let toldAt = startedAt
  return ({ calls, tally }) => {
    const now = performance.now()
    if (now - toldAt < everyMs) return
    toldAt = now
    const perSecond = Math.round((calls * 1_000) / (now - startedAt))
    const line = `${calls} of ${wanted} calls, ${tally.ok} ok, ${perSecond} a second`
    process.stderr.write(process.stderr.isTTY ? `\r${line}  ` : `${line}\n`)
  }
}
