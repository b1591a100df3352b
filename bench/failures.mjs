/** Times that a caller waits when a server fails, against the test server (`test/faults/server.mjs`). */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { event, withSwitchboard } from './support.mjs'

const program = fileURLToPath(new URL('../test/faults/server.mjs', import.meta.url))

/** A server with `orders`, over one transport, while `work` runs. */
export async function withServer({ over, orders = [] }, work) {
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-bench-'))
  writeFileSync(join(directory, 'orders.json'), JSON.stringify(orders))
  const args = [program, '--directory', directory]
  const child =
    over === 'http' ? spawn(process.execPath, [...args, '--http', '0'], { stdio: 'ignore' }) : undefined
  try {
    const entry = child
      ? { url: `http://127.0.0.1:${await portIn(directory)}/mcp` }
      : { command: process.execPath, args }
    return await withSwitchboard({ one: entry }, (switchboard) =>
      work(switchboard, () => child?.pid ?? switchboard.servers[0].pid),
    )
  } finally {
    child?.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
}

async function portIn(directory) {
  const file = join(directory, 'journal.jsonl')
  for (;;) {
    const match = existsSync(file) && /"port":(\d+)/.exec(readFileSync(file, 'utf8'))
    if (match) return match[1]
    await pause(5)
  }
}

const charge = (switchboard, options) => switchboard.call('charge', { amount: 1, until: 'never' }, options)

/** The call is sent, the server does as `signal` says → the caller has its outcome. */
async function told(switchboard, pid, signal, code) {
  const call = charge(switchboard)
  const { at } = await event(switchboard, ({ type }) => type === 'call.sent')
  // The request is on its way: the server is to have it when it dies.
  await pause(100)
  const struckAt = Date.now()
  process.kill(pid, signal)
  const outcome = await call
  if (outcome.ok || outcome.error.code !== code) throw new Error(JSON.stringify(outcome))
  return { sinceStruckMs: Date.now() - struckAt, sinceSentMs: Date.now() - at }
}

export function toldAfterHttpKill() {
  return withServer({ over: 'http' }, async (switchboard, pid) => {
    const { sinceStruckMs } = await told(switchboard, pid(), 'SIGKILL', 'connection_lost')
    return sinceStruckMs
  })
}

/** Its stream of the answer has event ids: resumption is tried before the call is given up. */
export function lostStream() {
  const orders = [{ at: 'tools/call', run: 'started', write: 'id: 1\ndata:\n\n', ending: 'die' }]
  return withServer({ over: 'http', orders }, async (switchboard) => {
    const startedAt = performance.now()
    const outcome = await charge(switchboard)
    if (outcome.ok || outcome.error.code !== 'connection_lost') throw new Error(JSON.stringify(outcome))
    return performance.now() - startedAt
  })
}

export async function silence() {
  const [stdio, [http, httpAgain]] = await Promise.all([
    withServer({ over: 'stdio' }, async (switchboard, pid) => {
      const { sinceSentMs } = await told(switchboard, pid(), 'SIGSTOP', 'timed_out')
      return sinceSentMs
    }),
    withServer({ over: 'http' }, async (switchboard, pid) => {
      const { sinceSentMs } = await told(switchboard, pid(), 'SIGSTOP', 'timed_out')
      const outcome = await charge(switchboard)
      if (outcome.ok || outcome.error.code !== 'timed_out') throw new Error(JSON.stringify(outcome))
      return [sinceSentMs, outcome.durationMs]
    }),
  ])
  return { stdio, http, httpAgain }
}

/** An idle server is killed and called at once: the call waits for its successor. */
export function callWhileAway() {
  return withServer({ over: 'stdio' }, async (switchboard, pid) => {
    const away = event(
      switchboard,
      (one) => one.type === 'server.changed' && one.server.state === 'reconnecting',
    )
    process.kill(pid(), 'SIGKILL')
    await away
    const outcome = await switchboard.call('charge', { amount: 1 })
    if (!outcome.ok) throw new Error(JSON.stringify(outcome))
    return outcome.durationMs
  })
}
