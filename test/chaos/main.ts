/** `npm run chaos`: real servers, real faults, and what the callers were told compared with what was done. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createSwitchboard } from '../../src/index.ts'
import type { HistoryEvent } from '../history/history.ts'
import { ProgressLine, runCommand, wholeNumber } from '../support/command.ts'
import { type ChaosResult, runChaos } from './chaos.ts'
import { inWords, isClean, summaryOf } from './report.ts'

const help = `npm run chaos -- [options]

  --calls N        at least so many calls, and until each kind of fault has struck (default: 10000)
  --seed N         the same choice of calls and faults (default: another one each time)
  --history FILE   keeps what was seen from outside, one JSON object a line
  --json           one JSON object instead of words
  --help

Ctrl+C ends it early; what was done so far is judged. Exit code 1 if anybody was lied to, or a process is left.`

/** Most calls are to meet servers that are well. */
const maxRestMs = 2_000

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
      history: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(help)
    return 0
  }
  const calls = wholeNumber('--calls', values.calls)
  const seed = wholeNumber('--seed', values.seed)
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  process.once('SIGTERM', () => interrupted.abort())
  console.error(`seed ${seed}`)

  const result = await run(calls, seed, interrupted.signal)
  if (values.history !== undefined) {
    await pipeline(linesOf(result.history), createWriteStream(values.history))
  }
  console.log(values.json ? JSON.stringify({ seed, ...summaryOf(result) }) : inWords(result))
  return isClean(result) ? 0 : 1
}

async function run(calls: number, seed: number, signal: AbortSignal): Promise<ChaosResult> {
  const startedAt = performance.now()
  let told = { calls: 0, ok: 0 }
  const progress = new ProgressLine(() => {
    const perSecond = Math.round((told.calls * 1_000) / (performance.now() - startedAt))
    return `${told.calls} of ${calls} calls, ${told.ok} ok, ${perSecond} a second`
  })
  try {
    return await runChaos({
      ...{ createSwitchboard, calls, everyFault: true, maxRestMs, seed, signal },
      onProgress: ({ calls, tally }) => {
        told = { calls, ok: tally.ok }
      },
    })
  } finally {
    progress.end()
  }
}

function* linesOf(history: Iterable<HistoryEvent>): Iterable<string> {
  for (const event of history) yield `${JSON.stringify(event)}\n`
}

await runCommand('chaos', main)
