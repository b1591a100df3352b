/**
 * The start of 20 servers side by side until all have listed their tools: 20 clients of an SDK, and a switchboard, in turns.
 * Over HTTP the servers run already. `node bench/load/start.mjs [--over stdio|HTTP] [--era ERA] [--rounds N]` prints JSON.
 */
import { parseArgs } from 'node:util'
import { createSwitchboard } from '../../dist/index.js'
import { median } from '../statistics.mjs'
import { echoEntry, eras, expectEra, rawClient, transports } from './sides.mjs'

const servers = 20

const { values } = parseArgs({
  options: { over: { type: 'string' }, era: { type: 'string' }, rounds: { type: 'string', default: '5' } },
})

const measured = []
for (const over of transports) {
  for (const era of eras) {
    if ((values.over ?? over) !== over || (values.era ?? era) !== era) continue
    process.stderr.write(`measuring: start of ${servers} servers over ${over}, MCP ${era} …\n`)
    measured.push({ over, era, ...(await compare(era, over)) })
  }
}
process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`)

async function compare(era, over) {
  const started = await Promise.all(Array.from({ length: servers }, () => echoEntry(era, over)))
  const entries = started.map(({ entry }) => entry)
  const sides = { raw: () => startRaw(era, entries), ours: () => startOurs(era, entries) }
  const names = Object.keys(sides)
  const times = { raw: [], ours: [] }
  for (let round = -1; round < Number(values.rounds); round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const tookMs = await sides[name]()
      if (round >= 0) times[name].push(tookMs)
    }
  }
  for (const { close } of started) close()
  return { servers, raw: summary(times.raw), ours: summary(times.ours) }
}

async function startRaw(era, entries) {
  const startedAt = performance.now()
  const clients = await Promise.all(entries.map((entry) => rawClient(era, entry)))
  const tookMs = performance.now() - startedAt
  await Promise.all(clients.map((client) => client.close()))
  return tookMs
}

async function startOurs(era, entries) {
  const startedAt = performance.now()
  const mcpServers = Object.fromEntries(entries.map((entry, n) => [`server-${n}`, entry]))
  const switchboard = createSwitchboard({ mcpServers })
  switchboard.start()
  await switchboard.settled()
  const tookMs = performance.now() - startedAt
  expectEra(switchboard, era)
  await switchboard.stop()
  return tookMs
}

function summary(times) {
  return { p50: median(times), worst: Math.max(...times) }
}
