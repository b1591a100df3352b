import { Command } from 'commander'
import { UsageError } from '../failure.ts'
import { portValue } from '../values.ts'
import type { ProxyCommandOptions } from './options.ts'

interface ParsedOptions {
  config?: string
  watch?: true
  stdio?: true
  port?: number
  tokenFile?: string
  clients?: string
  json?: true
}

const defaultPort = 8091
const defaultTokenFile = 'proxy-token'

const help = `
Of the file for --clients, each client sees all servers and functions, or those that it names:
  { "clients": { "front-desk": { "token": "\${DESK_TOKEN}", "servers": ["web"], "functions": ["search_web"] } } }

It runs until Ctrl+C or SIGTERM; with --stdio also until its input ends. Exit code: 0 after it, 2 for wrong input.

Examples:
  $ npx switchboard proxy --config mcp.json
  $ SWITCHBOARD_PROXY_TOKEN=$(cat proxy-token) npx switchboard worker --proxy http://127.0.0.1:${defaultPort}/mcp
  $ npx switchboard proxy --config mcp.json --stdio      what a client writes as "command" and "args"`

export function proxyCommand(action: (options: ProxyCommandOptions) => Promise<void>): Command {
  return new Command('proxy')
    .description(
      'Start the servers of a configuration once, and offer them all as one MCP server to the other processes of this machine.',
    )
    .option('--config <file>', 'the servers, as { "mcpServers": … } (default: the two examples)')
    .option('--watch', 'read the configuration again when it changes')
    .option('--port <number>', `where it listens; 0 takes any free port (default: ${defaultPort})`, portValue)
    .option(
      '--token-file <file>',
      `holds the token that every client shows; made where it is missing (default: ${defaultTokenFile})`,
    )
    .option('--clients <file>', 'several clients, each with a token and with what it sees')
    .option('--stdio', 'serve the program that starts it, over standard input and output')
    .option('--json', 'print one JSON object a line instead of text')
    .addHelpText('after', help)
    .action(async ({ config, watch, stdio, port, tokenFile, clients, json }: ParsedOptions) => {
      const ofHttp = { '--port': port, '--token-file': tokenFile, '--clients': clients }
      const [other] = Object.entries(ofHttp).flatMap(([name, value]) => (value === undefined ? [] : [name]))
      if (stdio && other !== undefined) {
        throw new UsageError(`${other}: with --stdio nobody else can come; leave one of them out`)
      }
      if (tokenFile !== undefined && clients !== undefined) {
        throw new UsageError('--token-file: the file for --clients has the tokens; give one of them')
      }
      await action({
        ...{ watch: watch ?? false, stdio: stdio ?? false, json: json ?? false },
        ...{ port: port ?? defaultPort, tokenFile: tokenFile ?? defaultTokenFile },
        ...(config === undefined ? {} : { configFile: config }),
        ...(clients === undefined ? {} : { clientsFile: clients }),
      })
    })
}
