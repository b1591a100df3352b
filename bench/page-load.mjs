/**
 * A busy switchboard in a process of its own, with a page in front of it or none: 20 servers, 100 conversations, and calls
 * that make 50 events a second. Its parent sends `{ open: true }`, answered with `{ url }`; `{ open: false }`, answered with
 * `{}`; and `{ forMs }`, answered with the `{ durations, events }` of the calls of that time. Ends when the parent is gone.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createSwitchboard } from '../dist/index.js'
import { createInspector } from '../dist/inspector/index.js'
import { timed } from './support.mjs'

const servers = 20
const conversations = 100
const eventsPerSecond = 50
/** `call.started`, `call.sent`, `call.ended` */
const eventsPerCall = 3
const callEveryMs = (1_000 * eventsPerCall) / eventsPerSecond

const program = fileURLToPath(new URL('../test/faults/server.mjs', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'switchboard-bench-'))
const switchboard = createSwitchboard({
  mcpServers: Object.fromEntries(
    Array.from({ length: servers }, (_, number) => [
      `server ${number}`,
      {
        command: process.execPath,
        args: [program, '--directory', directory, '--only', 'token'],
        switchboard: { tools: { token: { as: functionOf(number) } } },
      },
    ]),
  ),
})
const durations = []
let inspector
let events = 0
let isOver = false

process.on('message', (order) => {
  obey(order).then((answer) => process.send(answer), end)
})
process.on('disconnect', () => end())
switchboard.start()
await switchboard.settled({ timeoutMs: 60_000 })
if (switchboard.servers.some(({ state }) => state !== 'ready')) throw new Error('not every server is ready')
const open = Array.from({ length: conversations }, () => switchboard.conversation())
process.send({})
await makeCalls()

async function obey({ open: isOpen, forMs }) {
  if (isOpen === true) {
    inspector = await createInspector(switchboard, { voice: {}, allowFaults: true })
    await inspector.voiceSettled
    return { url: inspector.url }
  }
  if (isOpen === false) {
    await inspector.close()
    return {}
  }
  durations.length = 0
  events = 0
  const off = switchboard.subscribe(() => events++)
  await pause(forMs)
  off()
  return { durations: [...durations], events }
}

/** At fixed times, however long a call takes. */
async function makeCalls() {
  const startedAt = performance.now()
  for (let number = 0; !isOver; number++) {
    await pause(startedAt + number * callEveryMs - performance.now())
    call(number).catch(end)
  }
}

async function call(number) {
  const conversation = open[number % conversations]
  const tookMs = await timed(async () => {
    const outcome = await conversation.call(functionOf(number % servers), {})
    if (!outcome.ok && !isOver) throw new Error(JSON.stringify(outcome))
  })
  durations.push(tookMs)
}

async function end(error) {
  if (isOver) return
  isOver = true
  if (error !== undefined) {
    console.error(error)
    process.exitCode = 1
  }
  await inspector?.close()
  await switchboard.stop()
  rmSync(directory, { recursive: true, force: true })
  if (process.connected) process.disconnect()
}

function functionOf(number) {
  return `look_${number}`
}
