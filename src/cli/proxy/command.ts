import { Command } from 'commander'
import { configOption, jsonLinesOption, watchOption } from '../common-options.ts'
import { type Ended, UsageError } from '../failure.ts'
import { helpText, wrongInput } from '../help.ts'
import { portValue } from '../values.ts'
import { proxyDefaults } from './options.ts'

interface ParsedOptions {
  config?: string
  watch?: boolean
  stdio?: boolean
  port?: number
  tokenFile?: string
  clients?: string
  json?: boolean
}

const { port: defaultPort, tokenFile: defaultTokenFile } = proxyDefaults

const help = helpText({
  before: `Of the file for --clients, each client sees all servers and functions, or those that it names:
  { "clients": { "front-desk": { "token": "\${DESK_TOKEN}", "servers": ["web"], "functions": ["search_web"] } } }

It runs until Ctrl+C or SIGTERM; with --stdio also until its input ends.`,
  exitCodes: { 0: 'after Ctrl+C or SIGTERM', 1: 'it cannot go on', 2: wrongInput },
  examples: [
    'proxy --config mcp.json',
    proxyDefaults.worker,
    'proxy --config mcp.json --stdio      what a client writes as "command" and "args"',
  ],
})

export function proxyCommand(ended: Ended): Command {
  return new Command('proxy')
    .summary('Offer the servers to other processes as one MCP server')
    .description(
      'Start the servers of a configuration once, and offer them all as one MCP server to the other processes of this machine.',
    )
    .option(...configOption)
    .option(...watchOption)
    .option('--port <number>', `where it listens; 0 takes any free port (default: ${defaultPort})`, portValue)
    .option(
      '--token-file <file>',
      `holds the token that every client shows; made where it is missing (default: ${defaultTokenFile})`,
    )
    .option('--clients <file>', 'several clients, each with a token and with what it sees')
    .option('--stdio', 'serve the program that starts it, over standard input and output')
    .option(...jsonLinesOption)
    .addHelpText('after', help)
    .action(async (parsed: ParsedOptions) => {
      const { config, watch = false, stdio = false, port, tokenFile, clients, json = false } = parsed
      const ofHttp = { '--port': port, '--token-file': tokenFile, '--clients': clients }
      const [other] = Object.entries(ofHttp).flatMap(([name, value]) => (value === undefined ? [] : [name]))
      if (stdio && other !== undefined) {
        throw new UsageError(`${other}: with --stdio nobody else can come; leave one of them out`)
      }
      if (tokenFile !== undefined && clients !== undefined) {
        throw new UsageError('--token-file: the file for --clients has the tokens; give one of them')
      }
      const { serveProxy } = await import('./run.ts')
      const exitCode = await serveProxy({
        ...{ configFile: config, clientsFile: clients, watch, stdio, json },
        ...{ port: port ?? defaultPort, tokenFile: tokenFile ?? defaultTokenFile },
      })
      ended(exitCode)
    })
}
