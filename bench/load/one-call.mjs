/**
 * One call at a time, by an SDK's client and by a conversation in turns, so that what slows the machine slows both.
 * `node bench/load/one-call.mjs [--over stdio|HTTP] [--era 2025-11-25|2026-07-28] [--side raw|ours] [--rounds N]` prints
 * JSON; with `--side` one side runs alone, which is for `--cpu-prof`.
 */
import { parseArgs } from 'node:util'
import { percentile } from '../statistics.mjs'
import { eras, transports, withSides } from './sides.mjs'

const callsInTurn = 50
const warmUpRounds = 40

const { values } = parseArgs({
  options: {
    over: { type: 'string' },
    era: { type: 'string' },
    side: { type: 'string' },
    rounds: { type: 'string', default: '80' },
  },
})

const measured = []
for (const over of transports) {
  for (const era of eras) {
    if ((values.over ?? over) !== over || (values.era ?? era) !== era) continue
    process.stderr.write(`measuring: one call over ${over}, MCP ${era} …\n`)
    measured.push({ over, era, ...(await withSides(era, over, compare)) })
  }
}
process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`)

async function compare(sides) {
  const names = values.side === undefined ? ['raw', 'ours'] : [values.side]
  const taken = Object.fromEntries(names.map((name) => [name, { times: [], cpuMs: 0 }]))
  for (let round = -warmUpRounds; round < Number(values.rounds); round++) {
    // Each goes first as often as second.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const { times, cpuMs } = await turn(sides[name])
      if (round < 0) continue
      taken[name].times.push(...times)
      taken[name].cpuMs += cpuMs
    }
  }
  return Object.fromEntries(names.map((name) => [name, summary(taken[name])]))
}

async function turn(call) {
  const times = []
  const before = process.cpuUsage()
  for (let n = 0; n < callsInTurn; n++) {
    const startedAt = performance.now()
    await call({ message: 'hello' })
    times.push(performance.now() - startedAt)
  }
  const { user, system } = process.cpuUsage(before)
  return { times, cpuMs: (user + system) / 1_000 }
}

function summary({ times, cpuMs }) {
  return {
    calls: times.length,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    cpuMs: cpuMs / times.length,
  }
}
