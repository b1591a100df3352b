/** `npm run simulate`: hours of calls under random faults, in minutes. */
import { parseArgs } from 'node:util'
import type { Mode } from './plan.ts'
import { planOf } from './plan.ts'
import { failureReport } from './report.ts'
import { simulate } from './simulate.ts'
import { sum, type Tally } from './tally.ts'
import { runAll, serveJobs } from './workers.ts'

const usage = `Usage: npm run simulate -- [options]

Runs the whole orchestrator on a simulated clock, with simulated connections and seeded faults, and checks after each event
that nobody is lied to. One seed is one hour and about a thousand calls.

  --seeds N      seeds 1 to N (default: 1000), half of them in each mode
  --seed N       this one alone
  --mode MODE    safety (faults all the time) or liveness (storms, then calm in which all has to work again)
  --trace        with --seed: prints everything that happens
  --json         one JSON object at the end

Example: npm run simulate -- --mode liveness --seed 7
Exit code: 0, or 1 where an invariant is violated.`

const modes: readonly Mode[] = ['safety', 'liveness']

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
    console.log(usage)
    return 0
  }
  const wanted = modes.filter((mode) => values.mode === undefined || values.mode === mode)
  if (wanted.length === 0) throw new Error(`--mode ${values.mode}: it is safety or liveness`)
  if (values.trace) {
    if (values.seed === undefined) throw new Error('--trace needs --seed')
    for (const mode of wanted) {
      await simulate(planOf(wholeNumber('--seed', values.seed), mode), {
        trace: (atMs, told) => console.log(`${atMs} ${JSON.stringify(told)}`),
      })
    }
    return 0
  }
  const seeds =
    values.seed === undefined
      ? Array.from({ length: wholeNumber('--seeds', values.seeds) }, (_, index) => index + 1)
      : [wholeNumber('--seed', values.seed)]
  const jobs = seeds.flatMap((seed, index) => {
    const mode = wanted[index % wanted.length]
    return values.seed === undefined && mode ? [{ seed, mode }] : wanted.map((mode) => ({ seed, mode }))
  })
  return judge(await runJobs(jobs), values.json ?? false)
}

async function runJobs(jobs: Parameters<typeof runAll>[0]): Promise<{ tallies: Tally[]; seconds: number }> {
  const tallies: Tally[] = []
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1_000
  const everyMs = process.stderr.isTTY ? 500 : 10_000
  const progress = setInterval(() => {
    const { calls, hours } = sum(tallies)
    const line = `${tallies.length} of ${jobs.length} seeds, ${hours.toFixed()} h, ${calls} calls, ${seconds().toFixed()} s`
    process.stderr.write(process.stderr.isTTY ? `\r${line}` : `${line}\n`)
  }, everyMs)
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort())
  try {
    await runAll(jobs, (tally) => tallies.push(tally), controller.signal)
  } finally {
    clearInterval(progress)
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  }
  return { tallies, seconds: seconds() }
}

async function judge(
  { tallies, seconds }: { tallies: Tally[]; seconds: number },
  asJson: boolean,
): Promise<number> {
  const byMode = modes.map((mode) => ({ mode, ...sum(tallies.filter((tally) => tally.mode === mode)) }))
  const total = sum(tallies)
  if (asJson) console.log(JSON.stringify({ seconds, modes: byMode, total }))
  else {
    console.table(
      [...byMode.filter(({ seeds }) => seeds > 0), { mode: 'together', ...total }].map(
        ({ outcomes: _, ...numbers }) => ({
          ...numbers,
          hours: Math.round(numbers.hours),
        }),
      ),
    )
    console.table(
      Object.entries(total.outcomes)
        .sort(([, a], [, b]) => b - a)
        .map(([outcome, calls]) => ({ outcome, calls })),
    )
    console.log(`${seconds.toFixed()} s`)
  }
  const [bad] = tallies.filter(({ violations, lies }) => violations.length + lies.length > 0)
  if (!bad) return 0
  const [violation] = bad.violations
  if (violation) console.error(await failureReport(planOf(bad.seed, bad.mode), violation.invariant))
  else console.error(`seed ${bad.seed}, ${bad.mode}: the checker says ${JSON.stringify(bad.lies[0])}`)
  return 1
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`${option} ${text}: it is a whole number from 1 on`)
  return Number(text)
}

if (process.argv.includes('--worker')) serveJobs()
else {
  main().then(
    (code) => {
      process.exitCode = code
    },
    (error: unknown) => {
      console.error(`simulate: ${error instanceof Error ? error.message : error}`)
      process.exitCode = 2
    },
  )
}
