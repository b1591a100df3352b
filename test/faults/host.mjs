/**
 * A program that has a switchboard with the servers given as JSON, and says `ready`. Further servers come as lines of
 * JSON on its input; at the line `exit` it exits at once, at the end of input it stops and has nothing more to do.
 */
import { createInterface } from 'node:readline'
import { createSwitchboard } from '../../dist/index.js'

const mcpServers = JSON.parse(process.argv[2])
const switchboard = createSwitchboard({ mcpServers, closeGraceMs: 300 })
switchboard.start()
await ready()

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'exit') process.exit(0)
  Object.assign(mcpServers, JSON.parse(line))
  await switchboard.configure({ mcpServers })
  await ready()
}
await switchboard.stop()

async function ready() {
  await switchboard.settled({ timeoutMs: 20_000 })
  process.stdout.write('ready\n')
}
