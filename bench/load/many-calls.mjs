/**
 * 50 callers at once, in turns through one client of an SDK and with a conversation each: to a tool that does nothing, where
 * the clients are the limit, and to one that takes its time, as tools do.
 * `node bench/load/many-calls.mjs [--over stdio|HTTP] [--era ERA] [--takes-ms 0|20] [--side raw|ours] [--rounds N]` prints
 * JSON; with `--side` one side runs alone, which is for `--cpu-prof`.
 */
import { parseArgs } from 'node:util'
import { median } from '../statistics.mjs'
import { eras, transports, withSides } from './sides.mjs'

const atOnce = 50
const toolsTakeMs = [0, 20]
const callsInTurn = 500
const warmUpRounds = 6

const { values } = parseArgs({
  options: {
    over: { type: 'string' },
    era: { type: 'string' },
    'takes-ms': { type: 'string' },
    side: { type: 'string' },
    rounds: { type: 'string', default: '20' },
  },
})

const measured = []
for (const over of transports) {
  for (const era of eras) {
    if ((values.over ?? over) !== over || (values.era ?? era) !== era) continue
    for (const takesMs of toolsTakeMs) {
      if (Number(values['takes-ms'] ?? takesMs) !== takesMs) continue
      process.stderr.write(`measuring: ${atOnce} calls of ${takesMs} ms at once over ${over}, MCP ${era} …\n`)
      measured.push({
        over,
        era,
        takesMs,
        ...(await withSides(era, over, (sides) => compare(sides, takesMs), atOnce)),
      })
    }
  }
}
process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`)

async function compare(sides, takesMs) {
  const names = values.side === undefined ? ['raw', 'ours'] : [values.side]
  const taken = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = -warmUpRounds; round < Number(values.rounds); round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const turned = await turn(sides[name], takesMs)
      if (round >= 0) taken[name].push(turned)
    }
  }
  return Object.fromEntries(names.map((name) => [name, summary(taken[name])]))
}

/** As soon as one is answered the next begins. */
async function turn(call, takesMs) {
  const args = { message: 'hello', ...(takesMs > 0 ? { takesMs } : {}) }
  let begun = 0
  const before = process.cpuUsage()
  const startedAt = performance.now()
  const work = async (_, caller) => {
    while (begun++ < callsInTurn) await call(args, caller)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  const seconds = (performance.now() - startedAt) / 1_000
  const { user, system } = process.cpuUsage(before)
  return { perSecond: callsInTurn / seconds, cpuMs: (user + system) / 1_000 / callsInTurn }
}

function summary(turns) {
  return {
    calls: turns.length * callsInTurn,
    perSecond: median(turns.map(({ perSecond }) => perSecond)),
    cpuMs: median(turns.map(({ cpuMs }) => cpuMs)),
  }
}
