import { parseArgs } from 'node:util'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { listen } from './http.ts'

export interface Program {
  name: string
  /** What `--help` prints below the options. */
  help: string
  /** One server object for each session: the SDK crosses answers when clients share one. */
  createServer: () => McpServer
}

/** Serves over stdio, or over Streamable HTTP with `--http`. Exit code 2: wrong options, or the port is in use. */
export async function serve(program: Program): Promise<void> {
  process.once('SIGTERM', () => process.exit(0))
  process.once('SIGINT', () => process.exit(0))
  // Whoever started it with a channel is gone.
  process.once('disconnect', () => process.exit(0))

  const options = readOptions(program)
  if (options.http) {
    const { port, issuer } = options
    await listen({ createServer: program.createServer, port, issuer }).then(
      (url) => process.stderr.write(`listening on ${url}\n`),
      (error: NodeJS.ErrnoException) =>
        stop(
          program,
          error.code === 'EADDRINUSE'
            ? `port ${options.port} is already in use`
            : `cannot listen on port ${options.port} (${error.code ?? error.message})`,
        ),
    )
    return
  }
  // The SDK's transport does not notice the end of stdin, or a reader that went away.
  process.stdin.once('end', () => process.exit(0))
  process.stdin.once('close', () => process.exit(0))
  process.stdout.once('error', () => process.exit(0))
  await program.createServer().connect(new StdioServerTransport())
}

interface Options {
  http: boolean
  port: number
  /** Of the authorization server whose tokens are taken. */
  issuer?: string | undefined
}

function readOptions(program: Program): Options {
  try {
    const { values } = parseArgs({
      options: {
        http: { type: 'boolean' },
        port: { type: 'string' },
        auth: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help) {
      process.stdout.write(usage(program))
      process.exit(0)
    }
    const { http = false, auth: issuer } = values
    if (issuer !== undefined && !http) return stop(program, '--auth needs --http')
    if (issuer !== undefined && !/^https?:\/\//.test(issuer))
      return stop(program, '--auth needs the http(s) address of an authorization server')
    if (values.port === undefined) return { http, port: 0, issuer }
    if (!http) return stop(program, '--port needs --http')
    const port = Number(values.port)
    if (!/^\d+$/.test(values.port) || port > 65_535)
      return stop(program, '--port needs a number from 0 to 65535')
    return { http, port, issuer }
  } catch (error) {
    return stop(program, error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'wrong options')
  }
}

function stop(program: Program, reason: string): never {
  process.stderr.write(`${program.name}: ${reason}\n`)
  process.exit(2)
}

function usage(program: Program): string {
  return `Usage: node ${program.name}.js [--http [--port N] [--auth ISSUER]]

An MCP server. It speaks over stdin and stdout, or with --http over Streamable HTTP on 127.0.0.1.

  --http      listen on http://127.0.0.1:PORT/mcp
  --port N    the port (default: any free one, which is printed)
  --auth ISSUER
              only for those who have signed in at this authorization server, such as http://127.0.0.1:4000
  --help      this text

${program.help.trim()}
`
}
