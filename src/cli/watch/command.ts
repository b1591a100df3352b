import { Command } from 'commander'
import { configOption } from '../common-options.ts'
import { type Ended, UsageError } from '../failure.ts'
import { helpText, wrongInput } from '../help.ts'
import { proxyDefaults } from '../proxy/options.ts'
import { portValue } from '../values.ts'

const help = helpText({
  before: `On a terminal it is a table that is drawn anew in its place; else a line for each change. The configuration is read again
when it changes. It runs until Ctrl+C.`,
  exitCodes: { 0: 'after Ctrl+C or SIGTERM', 1: 'it cannot go on', 2: wrongInput },
  examples: [
    'watch',
    'watch --config mcp.json --json',
    `watch --proxy      and elsewhere: ${proxyDefaults.worker}`,
  ],
})

interface ParsedOptions {
  config?: string
  proxy?: boolean
  port?: number
  tokenFile?: string
  json?: boolean
}

export function watchCommand(ended: Ended): Command {
  return new Command('watch')
    .summary('Show how the servers are, as it changes')
    .description(
      'Start the servers of a configuration, and show how each is: its state and since when, its last error, and calls where there are any.',
    )
    .option(...configOption)
    .option(
      '--proxy',
      'offer the servers to other processes meanwhile, as `switchboard proxy` does: their calls are shown',
    )
    .option('--port <number>', `where --proxy listens (default: ${proxyDefaults.port})`, portValue)
    .option('--token-file <file>', `holds the token for --proxy (default: ${proxyDefaults.tokenFile})`)
    .option('--json', 'print one JSON object for each change, a line each')
    .addHelpText('after', help)
    .action(async ({ config, proxy, port, tokenFile, json = false }: ParsedOptions) => {
      if (!proxy && (port !== undefined || tokenFile !== undefined)) {
        throw new UsageError(`${port === undefined ? '--token-file' : '--port'} is for --proxy; add that`)
      }
      const { watch } = await import('./run.ts')
      const served = { port: port ?? proxyDefaults.port, tokenFile: tokenFile ?? proxyDefaults.tokenFile }
      ended(await watch({ configFile: config, proxy: proxy ? served : undefined, json }))
    })
}
