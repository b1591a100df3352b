import { parseArgs } from 'node:util'
import { startAuthorizationServer } from './authorization/provider.ts'

const usage = `Usage: node authorization-server.js [--port N]

An authorization server for trying things out, on http://127.0.0.1:PORT. It believes any name, forgets everything when it
ends, and vouches for every MCP server on this machine. It is no place for real users.
`

function stop(reason: string): never {
  process.stderr.write(`authorization-server: ${reason}\n`)
  process.exit(2)
}

function readPort(): number {
  try {
    const { values } = parseArgs({
      options: { port: { type: 'string', default: '0' }, help: { type: 'boolean', short: 'h' } },
    })
    if (values.help) {
      process.stdout.write(usage)
      process.exit(0)
    }
    const port = Number(values.port)
    return /^\d+$/.test(values.port) && port <= 65_535 ? port : stop('--port needs a number from 0 to 65535')
  } catch (error) {
    return stop(error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'wrong options')
  }
}

process.once('SIGTERM', () => process.exit(0))
process.once('SIGINT', () => process.exit(0))
// Whoever started it with a channel is gone.
process.once('disconnect', () => process.exit(0))

const port = readPort()
await startAuthorizationServer({ port }).then(
  ({ issuer }) => process.stderr.write(`listening on ${issuer}\n`),
  (error: NodeJS.ErrnoException) =>
    stop(
      error.code === 'EADDRINUSE'
        ? `port ${port} is already in use`
        : `cannot listen on port ${port} (${error.code ?? error.message})`,
    ),
)
