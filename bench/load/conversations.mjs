/**
 * 1,000 conversations over 20 servers (stdio and HTTP, both eras) in this process, which is to be pinned to a core and started
 * with `--expose-gc`; the servers are elsewhere. Each makes a call every few seconds, at a time set beforehand: a late start
 * counts as latency. Half-way a server of each transport is killed.
 * `node --expose-gc bench/load/conversations.mjs [--side raw|ours] [--conversations N] [--seconds N] [--servers-prefix JSON]`
 * prints JSON. `raw`: the same calls through 20 clients of the SDKs, and no kill.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createSwitchboard } from '../../dist/index.js'
import { percentile } from '../statistics.mjs'
import { echoEntry, eras, rawClient, transports } from './sides.mjs'

const servers = 20
const toolsEach = 10
const callEveryMs = 4_000
const takesMs = 100
/** Until everything is compiled, here and at the servers. */
const warmUpMs = 8_000
/** The default of Node. A delay is recorded with it, so it is taken off. */
const resolutionMs = 10
/** Until what the last calls left is collected. */
const settleMs = 3_000

const { values } = parseArgs({
  options: {
    side: { type: 'string', default: 'ours' },
    conversations: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '40' },
    'servers-prefix': { type: 'string', default: '[]' },
  },
})
const count = Number(values.conversations)
const phaseMs = (Number(values.seconds) / 2) * 1_000
const prefix = JSON.parse(values['servers-prefix'])

const started = await Promise.all(
  Array.from({ length: servers }, async (_, n) => {
    const [over, era] = [transports[n % 2], eras[Math.floor(n / 2) % 2]]
    return { name: `server-${n}`, over, era, ...(await echoEntry(era, over, { tools: toolsEach, prefix })) }
  }),
)
const measured = values.side === 'raw' ? await measureRaw() : await measureOurs()
for (const { close } of started) close()
process.stdout.write(`${JSON.stringify({ conversations: count, servers, takesMs, ...measured }, null, 2)}\n`)

async function measureRaw() {
  const clients = await Promise.all(started.map(({ era, entry }) => rawClient(era, entry)))
  const calls = Array.from({ length: count }, () => async (server) => {
    await clients[server].callTool({ name: 'echo', arguments: { message: 'hello', takesMs } })
    return 'ok'
  })
  await load(calls, warmUpMs)
  const steady = await load(calls, phaseMs)
  await Promise.all(clients.map((client) => client.close()))
  return { steady }
}

async function measureOurs() {
  const mcpServers = Object.fromEntries(started.map(({ name, entry }) => [name, entry]))
  const switchboard = createSwitchboard({ mcpServers })
  switchboard.start()
  await switchboard.settled()
  const broken = switchboard.servers.filter(({ state }) => state !== 'ready')
  if (broken.length > 0) throw new Error(JSON.stringify(broken))
  const names = started.map(({ name }) => echoOf(switchboard, name))
  const open = (conversation) => async (server) => {
    const outcome = await conversation.call(names[server], { message: 'hello', takesMs })
    return outcome.ok ? 'ok' : outcome.error.code
  }

  const first = switchboard.conversation()
  await Promise.all(started.map((_, n) => open(first)(n)))
  await first.end()
  const before = await memory()
  const startedAt = performance.now()
  let heard = 0
  const conversations = Array.from({ length: count }, () => {
    const conversation = switchboard.conversation()
    conversation.subscribe(() => heard++)
    return conversation
  })
  const openedMs = performance.now() - startedAt
  const idle = await memory()

  const calls = conversations.map(open)
  await load(calls, warmUpMs)
  const steady = await load(calls, phaseMs)
  const afterCalls = await memory()
  const [one, other] = [started[0], started[1]]
  const killed = await load(calls, phaseMs, () => {
    process.kill(switchboard.servers.find(({ name }) => name === one.name).pid, 'SIGKILL')
    process.kill(other.pid, 'SIGKILL')
  })
  await Promise.all(conversations.map((conversation) => conversation.end()))
  await switchboard.stop()
  return {
    openedMs,
    heard,
    idleBytesEach: (idle - before) / count,
    bytesEachAfterCalls: (afterCalls - before) / count,
    steady,
    killed: { ...killed, servers: [one.name, other.name] },
  }
}

/** By its name of before other servers came, or with the server's in front. */
function echoOf(switchboard, server) {
  const offered = switchboard.functions.find(
    ({ name, servers }) => servers.includes(server) && name.endsWith('echo'),
  )
  if (!offered) throw new Error(`${server} offers no echo`)
  return offered.name
}

async function memory() {
  await pause(settleMs)
  for (let n = 0; n < 3; n++) {
    globalThis.gc()
    await pause(100)
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Calls of one phase; `disturb` in its first third. */
async function load(calls, phaseMs, disturb) {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  const spent = process.cpuUsage()
  delays.enable()
  const startsAt = performance.now()
  const made = []
  const timer = disturb && setTimeout(disturb, phaseMs / 3)
  await Promise.all(calls.map((call) => converse(call, startsAt + phaseMs, made)))
  clearTimeout(timer)
  delays.disable()
  const { user, system } = process.cpuUsage(spent)
  const seconds = (performance.now() - startsAt) / 1_000
  // Those of the two that are killed are told apart, and in the other phase left out in the same way.
  const [apart, others] = [made.filter(({ server }) => server < 2), made.filter(({ server }) => server >= 2)]
  const times = others.map(({ tookMs }) => tookMs)
  return {
    calls: made.length,
    perSecond: made.length / seconds,
    core: (user + system) / 1e6 / seconds,
    delayP99: delays.percentile(99) / 1e6 - resolutionMs,
    delayWorst: delays.max / 1e6 - resolutionMs,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    ends: counted(others),
    endsOfTwo: counted(apart),
  }
}

async function converse(call, endsAt, made) {
  let dueAt = performance.now() + Math.random() * callEveryMs
  for (; dueAt < endsAt; dueAt += callEveryMs) {
    await pause(dueAt - performance.now())
    const server = Math.floor(Math.random() * servers)
    const end = await call(server)
    made.push({ server, end, tookMs: performance.now() - dueAt })
  }
}

function counted(calls) {
  const ends = {}
  for (const { end } of calls) ends[end] = (ends[end] ?? 0) + 1
  return ends
}
