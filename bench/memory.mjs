/**
 * Heap and RSS after a forced collection, after 20,000 and after 100,000 calls: half are answered, a quarter is cancelled,
 * a quarter times out. `node --expose-gc bench/memory.mjs [CALLS]`
 */
import { setTimeout as pause } from 'node:timers/promises'
import { withServer } from './failures.mjs'

const total = Number(process.argv[2] ?? 100_000)
const atOnce = 50
const settleRounds = 20
const settleEveryMs = 250

const measured = await withServer({ over: 'stdio' }, async (switchboard) => {
  const conversation = switchboard.conversation()
  const before = await run(conversation, 0, total / 5)
  const after = await run(conversation, total / 5, total)
  return { before, after }
})
const { before, after } = measured
process.stdout.write(
  JSON.stringify({
    heap: { before: before.heapUsed, after: after.heapUsed },
    rss: { before: before.rss, after: after.rss },
  }),
)

async function run(conversation, from, to) {
  let next = from
  const work = async () => {
    while (next < to) await one(conversation, next++)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  // Pages that a collection has emptied are given back a little later.
  for (let n = 0; n < settleRounds; n++) {
    globalThis.gc()
    await pause(settleEveryMs)
  }
  return process.memoryUsage()
}

async function one(conversation, number) {
  const kind = number % 4
  if (kind < 2) return expectOk(await conversation.call('token', {}))
  if (kind === 2) {
    const controller = new AbortController()
    const call = conversation.call('wait', {}, { signal: controller.signal })
    setImmediate(() => controller.abort())
    return expectCode(await call, 'cancelled')
  }
  return expectCode(await conversation.call('wait', {}, { timeoutMs: 20 }), 'timed_out')
}

function expectOk(outcome) {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome))
}

function expectCode(outcome, code) {
  // A deadline of 20 ms may pass before a busy process has sent the call.
  if (outcome.ok || ![code, 'server_unavailable'].includes(outcome.error.code)) {
    throw new Error(JSON.stringify(outcome))
  }
}
