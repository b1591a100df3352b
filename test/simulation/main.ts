/** `npm run simulate`: hours of calls under random faults, in minutes. */
import { parseArgs } from 'node:util'
import { aligned, ProgressLine, runCommand, wholeNumber } from '../support/command.ts'
import { type Mode, modes, planOf } from './plan.ts'
import { failureReport } from './report.ts'
import { simulate } from './simulate.ts'
import { sum, type Tally } from './tally.ts'
import { type Job, runAll, serveJobs } from './workers.ts'

const help = `npm run simulate -- [options]

Runs the whole orchestrator on a simulated clock, with simulated connections and seeded faults, and checks after each event
that nobody is lied to. One seed is one hour and about a thousand calls.

  --seeds N      seeds 1 to N, every other one in each mode (default: 1000)
  --seed N       this one alone
  --mode MODE    safety (faults all the time) or liveness (storms, then calm in which all has to work again)
  --trace        with --seed: prints everything that happens
  --json         one JSON object instead of words
  --help

Example: npm run simulate -- --mode liveness --seed 7
Ctrl+C ends it early; what was done so far is told. Exit code 1 where an invariant is violated.`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      seed: { type: 'string' },
      mode: { type: 'string' },
      trace: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(help)
    return 0
  }
  const wanted = modes.filter((mode) => values.mode === undefined || values.mode === mode)
  if (wanted.length === 0) throw new Error(`--mode must be safety or liveness, not ${values.mode}`)
  const seed = values.seed === undefined ? undefined : wholeNumber('--seed', values.seed)
  if (values.trace) {
    if (seed === undefined) throw new Error('--trace needs --seed')
    for (const mode of wanted) await printTrace({ seed, mode })
    return 0
  }
  const jobs =
    seed === undefined
      ? jobsOf(wholeNumber('--seeds', values.seeds), wanted)
      : wanted.map((mode) => ({ seed, mode }))
  const { tallies, seconds } = await run(jobs)
  console.log(values.json ? JSON.stringify(summaryOf(tallies, seconds)) : inWords(tallies, seconds))
  return judge(tallies)
}

function jobsOf(seeds: number, wanted: readonly Mode[]): Job[] {
  return Array.from({ length: seeds }, (_, index) => index + 1).flatMap((seed) => {
    const mode = wanted[seed % wanted.length]
    return mode === undefined ? [] : { seed, mode }
  })
}

async function printTrace({ seed, mode }: Job): Promise<void> {
  await simulate(planOf(seed, mode), {
    trace: (atMs, told) => console.log(`${atMs} ${JSON.stringify(told)}`),
  })
}

async function run(jobs: readonly Job[]): Promise<{ tallies: Tally[]; seconds: number }> {
  const tallies: Tally[] = []
  const startedAt = performance.now()
  const seconds = () => Math.round((performance.now() - startedAt) / 1_000)
  const progress = new ProgressLine(() => {
    const { hours, calls } = sum(tallies)
    return `${tallies.length} of ${jobs.length} seeds, ${hours} hours, ${calls} calls, ${seconds()} s`
  })
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  try {
    await runAll(jobs, (tally) => tallies.push(tally), interrupted.signal)
  } finally {
    progress.end()
  }
  return { tallies, seconds: seconds() }
}

function summaryOf(tallies: readonly Tally[], seconds: number) {
  const byMode = modes.map((mode) => [mode, sum(tallies.filter((tally) => tally.mode === mode))] as const)
  return { ...Object.fromEntries(byMode), together: sum(tallies), seconds }
}

function inWords(tallies: readonly Tally[], seconds: number): string {
  const { seconds: _, ...sums } = summaryOf(tallies, seconds)
  const numbers = ['seeds', 'hours', 'calls', 'faults', 'violations', 'lies'] as const
  const outcomes = Object.entries(sums.together.outcomes).sort(([, a], [, b]) => b - a)
  return [
    aligned([
      ['', ...numbers],
      ...Object.entries(sums).map(([mode, one]) => [mode, ...numbers.map((number) => String(one[number]))]),
    ]),
    aligned(outcomes.map(([outcome, calls]) => [outcome, String(calls)])),
    `${seconds} s`,
  ].join('\n\n')
}

async function judge(tallies: readonly Tally[]): Promise<number> {
  const bad = tallies.find(({ violations, lies }) => violations.length + lies.length > 0)
  if (!bad) return 0
  const [violation] = bad.violations
  console.error(
    violation
      ? await failureReport(planOf(bad.seed, bad.mode), violation.invariant)
      : `seed ${bad.seed}, ${bad.mode}: the checker says ${JSON.stringify(bad.lies[0])}`,
  )
  return 1
}

if (process.argv.includes('--worker')) serveJobs()
else await runCommand('simulate', main)
