import { Command } from 'commander'
import { configOption, jsonDocumentOption } from '../common-options.ts'
import type { Ended } from '../failure.ts'
import { helpText, interrupted } from '../help.ts'

const help = helpText({
  exitCodes: {
    0: 'every server can be used, but those that are disabled',
    1: 'one of them cannot',
    2: 'the configuration cannot be read',
    130: interrupted,
  },
  examples: ['doctor', 'doctor --config mcp.json --json'],
})

export function doctorCommand(ended: Ended): Command {
  return new Command('doctor')
    .summary('Say what is wrong with the servers, and what would help')
    .description(
      'Start each server of a configuration and say what was found, or what is wrong and what would help.',
    )
    .option(...configOption)
    .option(...jsonDocumentOption)
    .addHelpText('after', help)
    .action(async ({ config, json = false }: { config?: string; json?: boolean }) => {
      const { doctor } = await import('./run.ts')
      ended(await doctor({ configFile: config, json }))
    })
}
