import { Command } from 'commander'
import type { Ended } from '../failure.ts'
import { helpText, wrongInput } from '../help.ts'

const help = helpText({
  before: 'It runs until Ctrl+C, and leaves no process behind.',
  exitCodes: { 0: 'after Ctrl+C', 1: 'it cannot go on', 2: wrongInput },
  examples: ['own-servers'],
})

export function ownServersCommand(ended: Ended): Command {
  return (
    new Command('own-servers')
      .summary('Try out servers that ask who you are (in a clone)')
      // What it starts are the examples, which need packages for development.
      .description(
        'Start the example servers behind a sign-in, and a page in which a user adds them (in a clone of the repository, after `npm install`).',
      )
      .option('--json', 'print one JSON object a line instead of text')
      .addHelpText('after', help)
      .action(async ({ json }: { json?: true }) => {
        const { runOwnServers } = await import('./run.ts')
        ended(await runOwnServers({ port: 0, json: json ?? false }))
      })
  )
}
