#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'

// First of all the version: older ones cannot even load what follows.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `switchboard: Node ${process.versions.node} is too old; install Node 20.19 or a newer one\n`,
  )
  process.exit(2)
}
// V8 would make what actors consist of too old to be collected soon (docs/decisions/0016). Later versions may not know the flag.
if (major <= 24) setFlagsFromString('--no-allocation-site-pretenuring')
// Whoever reads the output has seen enough, as `head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}
const { run } = await import('./program.ts')
process.exitCode = await run(process.argv)
