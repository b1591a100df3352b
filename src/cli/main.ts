#!/usr/bin/env node
// First of all the version: older ones cannot even load what follows.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `switchboard: Node ${process.versions.node} is too old; install Node 20.19 or a newer one\n`,
  )
  process.exit(2)
}
const { run } = await import('./program.ts')
process.exitCode = await run(process.argv)
