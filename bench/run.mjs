/**
 * Times that the project promises, measured on this machine, alone on it.
 * `npm run bench [-- --json] [-- --samples N] [-- --only page]`
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { createSwitchboard } from '../dist/index.js'
import { callWhileAway, lostStream, silence, toldAfterHttpKill } from './failures.mjs'
import { latencyRows } from './latency.mjs'
import { registryRows } from './registry.mjs'
import { event, isReady, median, withSwitchboard } from './support.mjs'
import { pageRows, voiceRows } from './tools.mjs'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    samples: { type: 'string', default: '7' },
    only: { type: 'string' },
  },
})
const samples = Number(values.samples)
const everything = {
  command: process.execPath,
  args: [
    fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js')),
    'stdio',
  ],
}
const hung = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] }
const missing = { command: 'no-such-command-of-the-bench' }

const rows = []
const measurements = {
  kills: measureKills,
  recovery: measureRecovery,
  neighbours: measureNeighbours,
  silence: measureSilence,
  latency: measureLatency,
  memory: measureMemory,
  voice: measureVoice,
  page: measurePage,
  registry: measureRegistry,
}
for (const name of chosen()) await measurements[name]()
report()

function chosen() {
  const names = Object.keys(measurements)
  if (values.only === undefined) return names
  if (!names.includes(values.only)) throw new Error(`--only takes one of ${names.join(', ')}`)
  return [values.only]
}

/** A server dies while a call is there, or just before it comes. */
async function measureKills() {
  await measure('told after a kill in flight', '≤ 100 ms', toldAfterKill, (ms) => ms <= 100)
  await measure('… over HTTP', '≤ 100 ms', toldAfterHttpKill, (ms) => ms <= 100)
  await measure('… a stream with event ids', '≤ 3 s', lostStream, (ms) => ms <= 3_000)
  await measure('a call while its server comes back', '≤ patience (3 s)', callWhileAway, (ms) => ms <= 3_000)
}

async function measure(name, bound, sample, isWithin) {
  progress(name)
  const times = []
  for (let n = 0; n < samples; n++) times.push(await sample())
  rows.push({
    name,
    bound,
    p50: median(times),
    worst: Math.max(...times),
    unit: 'ms',
    ok: times.every(isWithin),
  })
}

/** Kill → the caller has its outcome. */
async function toldAfterKill() {
  return withSwitchboard({ one: everything }, async (switchboard) => {
    const call = switchboard.call('trigger-long-running-operation', { duration: 60, steps: 600 })
    await event(switchboard, ({ type }) => type === 'call.progress')
    const killedAt = performance.now()
    process.kill(switchboard.servers[0].pid, 'SIGKILL')
    const outcome = await call
    if (outcome.ok || outcome.error.code !== 'connection_lost') throw new Error(JSON.stringify(outcome))
    return performance.now() - killedAt
  })
}

/** Cold start and idle kill → ready again, of the same server, in pairs. */
async function measureRecovery() {
  progress('idle kill to ready again')
  const cold = []
  const back = []
  for (let n = 0; n < samples; n++) {
    await withSwitchboard({ one: everything }, async (switchboard, startedMs) => {
      cold.push(startedMs)
      const killedAt = performance.now()
      process.kill(switchboard.servers[0].pid, 'SIGKILL')
      await event(switchboard, isReady)
      back.push(performance.now() - killedAt)
    })
  }
  rows.push({
    name: 'cold start',
    bound: '',
    p50: median(cold),
    worst: Math.max(...cold),
    unit: 'ms',
    ok: true,
  })
  const ok = median(back) <= median(cold) + 500
  rows.push({
    name: 'idle kill to ready again',
    bound: '≤ cold start + 500 ms',
    p50: median(back),
    worst: Math.max(...back),
    unit: 'ms',
    ok,
  })
}

/** Start → the functions of three good servers are usable; alone, and beside a hung and a missing one. */
async function measureNeighbours() {
  progress('three good servers, alone and beside a hung and a missing one')
  const good = { a: everything, b: everything, c: everything }
  const alone = []
  const beside = []
  for (let n = 0; n < samples; n++) {
    alone.push(await untilThree(good))
    beside.push(await untilThree({ hung, ...good, missing }))
  }
  const ratio = median(beside) / median(alone)
  rows.push({
    name: 'three good servers alone',
    bound: '',
    p50: median(alone),
    worst: Math.max(...alone),
    unit: 'ms',
    ok: true,
  })
  rows.push({
    name: '… beside a hung and a missing one',
    bound: '',
    p50: median(beside),
    worst: Math.max(...beside),
    unit: 'ms',
    ok: true,
  })
  rows.push({ name: '… as a ratio', bound: '≤ 1.2', p50: ratio, worst: ratio, unit: '×', ok: ratio <= 1.2 })
}

/** A stopped server (SIGSTOP), with the defaults of the policy; over HTTP the next call, too. Once: it takes its time. */
async function measureSilence() {
  progress('stopped servers, 5 s for each call')
  const { stdio, http, httpAgain } = await silence()
  for (const [name, ms] of [
    ['a call to a stopped server', stdio],
    ['… over HTTP', http],
    ['… over HTTP, the second call', httpAgain],
  ]) {
    rows.push({ name, bound: '5–6 s', p50: ms, worst: ms, unit: 'ms', ok: ms >= 5_000 && ms <= 6_000 })
  }
}

/** In a process of its own, where nothing else is in the heap. */
async function measureMemory() {
  progress('memory over 100,000 calls, half of them cancelled or timed out')
  const script = fileURLToPath(new URL('memory.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script])
  const { heap, rss } = JSON.parse(stdout)
  for (const [name, { before, after }] of Object.entries({ heap, RSS: rss })) {
    const ratio = after / before
    rows.push({
      name: `${name} after 100,000 calls to after 20,000`,
      bound: '0.9–1.1',
      p50: ratio,
      worst: ratio,
      unit: '×',
      ok: Math.abs(ratio - 1) < 0.1,
    })
  }
}

async function measureVoice() {
  progress('a spoken call with slow functions, each interrupted')
  rows.push(...(await voiceRows(samples)))
}

async function measurePage() {
  progress(
    'calls from a page, its starts, and a page in front of many servers and conversations; some minutes',
  )
  rows.push(...(await pageRows(samples)))
}

async function measureRegistry() {
  progress("listings of one user's servers, of 10,000 of 1,000 users; changes in a running call")
  rows.push(...(await registryRows()))
}

async function untilThree(mcpServers) {
  const switchboard = createSwitchboard({ mcpServers, closeGraceMs: 100 })
  const startedAt = performance.now()
  const ready = new Set()
  const done = event(switchboard, (one) => isReady(one) && ready.add(one.server.name).size === 3)
  switchboard.start()
  await done
  const tookMs = performance.now() - startedAt
  await switchboard.stop()
  return tookMs
}

async function measureLatency() {
  progress('latency of a call, also in MCP 2026-07-28')
  rows.push(...(await latencyRows(everything)))
}

function progress(text) {
  process.stderr.write(`measuring: ${text} …\n`)
}

function report() {
  const ok = rows.every((row) => row.ok)
  if (values.json) process.stdout.write(`${JSON.stringify({ ok, samples, rows })}\n`)
  else {
    for (const { name, bound, p50, worst, unit, ok } of rows) {
      const numbers = `${p50.toFixed(2).padStart(9)} ${unit}   worst ${worst.toFixed(2).padStart(9)} ${unit}`
      process.stdout.write(
        `${name.padEnd(49)}${numbers}   ${bound.padEnd(22)} ${bound ? (ok ? 'ok' : 'NOT MET') : ''}\n`,
      )
    }
  }
  process.exitCode = ok ? 0 : 1
}
