/**
 * Processor time of this process for one call, beside more and more idle servers, and with more and more calls in flight: of
 * one conversation, and of a conversation each. Where nothing is done for every other server or call, it stays the same.
 * `node bench/load/scaling.mjs [--of servers|calls|conversations] [--side raw|ours] [--rounds N]` prints JSON.
 */
import { parseArgs } from 'node:util'
import { createSwitchboard } from '../../dist/index.js'
import { median } from '../statistics.mjs'
import { echoEntry, expectEra, expectOk, rawClient } from './sides.mjs'

const era = '2026-07-28'
const steps = { servers: [1, 20, 200], calls: [1, 100, 1_000], conversations: [1, 100, 1_000] }
const callsInTurn = 2_000
const warmUpRounds = 2

const { values } = parseArgs({
  options: {
    of: { type: 'string' },
    side: { type: 'string' },
    rounds: { type: 'string', default: '5' },
  },
})

const measured = []
for (const [of, counts] of Object.entries(steps)) {
  if ((values.of ?? of) !== of) continue
  for (const count of counts) {
    process.stderr.write(`measuring: processor time for a call, ${of}: ${count} …\n`)
    measured.push({ of, count, ...(await measure(of, count)) })
  }
}
process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`)

async function measure(of, count) {
  const called = await echoEntry(era, 'stdio')
  const idle = await echoEntry(era, 'HTTP')
  const others = Array.from({ length: of === 'servers' ? count - 1 : 0 }, (_, n) => ({
    url: `${idle.entry.url}/${n}`,
  }))
  const inFlight = of === 'servers' ? 1 : count
  try {
    const taken = {}
    if (values.side !== 'ours') taken.raw = await rawCpuMs(called.entry, others, inFlight)
    if (values.side !== 'raw') {
      taken.ours = await ourCpuMs(called.entry, others, inFlight, of === 'conversations' ? count : 1)
    }
    return taken
  } finally {
    idle.close()
  }
}

async function rawCpuMs(entry, others, inFlight) {
  const client = await rawClient(era, entry)
  const clients = await Promise.all(others.map((other) => rawClient(era, other)))
  try {
    return await cpuMs(inFlight, () => client.callTool({ name: 'echo', arguments: { message: 'hello' } }))
  } finally {
    await Promise.all([client, ...clients].map((one) => one.close()))
  }
}

async function ourCpuMs(entry, others, inFlight, count) {
  const called = { ...entry, switchboard: { maxInFlight: inFlight } }
  const mcpServers = Object.fromEntries([called, ...others].map((one, n) => [`server-${n}`, one]))
  const switchboard = createSwitchboard({
    mcpServers,
    maxCalls: inFlight + 1,
    callTimeoutMs: 600_000,
    maxCallMs: 600_000,
    unresponsiveAfterMs: 600_000,
    // Pings of idle servers are work of time, not of calls.
    heartbeatMs: 600_000,
  })
  switchboard.start()
  await switchboard.settled()
  expectEra(switchboard, era)
  const conversations = Array.from({ length: count }, () => switchboard.conversation())
  try {
    return await cpuMs(inFlight, async (worker) =>
      expectOk(await conversations[worker % count].call('echo', { message: 'hello' })),
    )
  } finally {
    await switchboard.stop()
  }
}

/** As soon as one is answered the next begins. */
async function cpuMs(inFlight, call) {
  const turns = []
  for (let round = -warmUpRounds; round < Number(values.rounds); round++) {
    let begun = 0
    const work = async (worker) => {
      while (begun++ < callsInTurn) await call(worker)
    }
    const before = process.cpuUsage()
    await Promise.all(Array.from({ length: inFlight }, (_, worker) => work(worker)))
    const { user, system } = process.cpuUsage(before)
    if (round >= 0) turns.push((user + system) / 1_000 / callsInTurn)
  }
  return median(turns)
}
