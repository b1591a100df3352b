/** Servers that die, hang or are missing: when callers are told, and when the servers are back. Rows of the table. */
import { fileURLToPath } from 'node:url'
import { createSwitchboard } from '../dist/index.js'
import { callWhileAway, lostStream, silence, toldAfterHttpKill } from './failures.mjs'
import { rowOf } from './report/row.mjs'
import { median } from './statistics.mjs'
import { event, isReady, withSwitchboard } from './support.mjs'

const everything = {
  command: process.execPath,
  args: [
    fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js')),
    'stdio',
  ],
}
const hung = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] }
const missing = { command: 'no-such-command-of-the-bench' }

/** A server dies while a call is there, or just before it comes. */
export async function killRows(samples) {
  return [
    await bounded('told after a kill in flight', 100, '≤ 100 ms', samples, toldAfterKill),
    await bounded('… over HTTP', 100, '≤ 100 ms', samples, toldAfterHttpKill),
    await bounded('… a stream with event ids', 3_000, '≤ 3 s', samples, lostStream),
    await bounded('a call while its server comes back', 3_000, '≤ patience (3 s)', samples, callWhileAway),
  ]
}

async function bounded(name, limitMs, bound, samples, sample) {
  const times = []
  for (let n = 0; n < samples; n++) times.push(await sample())
  return { ...rowOf(name, times), bound, ok: times.every((ms) => ms <= limitMs) }
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
export async function recoveryRows(samples) {
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
  const ok = median(back) <= median(cold) + 500
  return [
    rowOf('cold start', cold),
    { ...rowOf('idle kill to ready again', back), bound: '≤ cold start + 500 ms', ok },
  ]
}

/** Start → the functions of three good servers are usable; alone, and beside a hung and a missing one. */
export async function neighbourRows(samples) {
  const good = { a: everything, b: everything, c: everything }
  const alone = []
  const beside = []
  for (let n = 0; n < samples; n++) {
    alone.push(await untilThree(good))
    beside.push(await untilThree({ hung, ...good, missing }))
  }
  const ratio = median(beside) / median(alone)
  return [
    rowOf('three good servers alone', alone),
    rowOf('… beside a hung and a missing one', beside),
    { ...rowOf('… as a ratio', [ratio], '×'), bound: '≤ 1.2 ×', ok: ratio <= 1.2 },
  ]
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

/** A stopped server (SIGSTOP), with the defaults of the policy; over HTTP the next call, too. Once: it takes its time. */
export async function silenceRows() {
  const { stdio, http, httpAgain } = await silence()
  return [
    ['a call to a stopped server', stdio],
    ['… over HTTP', http],
    ['… over HTTP, the second call', httpAgain],
  ].map(([name, ms]) => ({ ...rowOf(name, [ms]), bound: '5–6 s', ok: ms >= 5_000 && ms <= 6_000 }))
}
