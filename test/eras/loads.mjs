/**
 * A program that calls a tool of each of the servers given as JSON (`{ name: { entry, tool, arguments } }`), and prints
 * the packages that were loaded for it. With `--telemetry`, its calls are measured.
 */
import { register } from 'node:module'
import { MessageChannel } from 'node:worker_threads'

const { port1, port2 } = new MessageChannel()
const packages = new Set()
port1.on('message', (name) => packages.add(name)).unref()
register(new URL('loads-hook.mjs', import.meta.url), { data: { port: port2 }, transferList: [port2] })

const { createSwitchboard } = await import('../../dist/index.js')
const servers = Object.entries(JSON.parse(process.argv[2]))
const telemetry = process.argv.includes('--telemetry')
  ? { telemetry: (await import('../../dist/telemetry/index.js')).createTelemetry() }
  : {}
const switchboard = createSwitchboard({
  ...telemetry,
  mcpServers: Object.fromEntries(servers.map(([name, { entry }]) => [name, entry])),
})
switchboard.start()
await switchboard.settled()
const outcomes = []
for (const [, { tool, arguments: args }] of servers) outcomes.push((await switchboard.call(tool, args)).ok)
await switchboard.stop()
process.stdout.write(JSON.stringify({ outcomes, packages: [...packages] }))
