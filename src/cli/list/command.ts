import { Command } from 'commander'
import { configOption, jsonDocumentOption } from '../common-options.ts'
import type { Ended } from '../failure.ts'
import { helpText, interrupted } from '../help.ts'

const help = helpText({
  exitCodes: {
    0: 'all servers are there',
    1: 'one is not ready; what the others offer is listed',
    2: 'the configuration cannot be read',
    130: interrupted,
  },
  examples: ['list', 'list --functions --config mcp.json', 'list --json'],
})

interface ParsedOptions {
  config?: string
  functions?: boolean
  json?: boolean
}

export function listCommand(ended: Ended): Command {
  return new Command('list')
    .summary('List the servers of a configuration and what they offer')
    .description(
      'Start the servers of a configuration, and list them with their state, version of MCP, and functions.',
    )
    .option(...configOption)
    .option('--functions', 'only the functions, with all that they say and take')
    .option(...jsonDocumentOption)
    .addHelpText('after', help)
    .action(async ({ config, functions = false, json = false }: ParsedOptions) => {
      const { list } = await import('./run.ts')
      ended(await list({ configFile: config, onlyFunctions: functions, json }))
    })
}
