import { Command } from 'commander'
import { isInstalled } from '../../packages.ts'
import { jsonLinesOption } from '../common-options.ts'
import { type Ended, UsageError } from '../failure.ts'
import { helpText, wrongInput } from '../help.ts'

const help = helpText({
  before: 'It runs until Ctrl+C, and leaves no process behind.',
  exitCodes: { 0: 'after Ctrl+C', 1: 'it cannot go on', 2: wrongInput },
  examples: ['own-servers'],
})

export function ownServersCommand(ended: Ended): Command {
  return new Command('own-servers')
    .summary('Try out servers that ask who you are (in a clone)')
    .description(
      'Start the example servers behind a sign-in, and a page in which a user adds them (in a clone of the repository, after `npm ci`).',
    )
    .option(...jsonLinesOption)
    .addHelpText('after', help)
    .action(async ({ json = false }: { json?: boolean }) => {
      requireClone()
      const { runOwnServers } = await import('./run.ts')
      ended(await runOwnServers(json))
    })
}

/** The authorization server is an example, whose package only a clone has. @throws UsageError */
function requireClone(): void {
  if (isInstalled('oidc-provider')) return
  throw new UsageError(
    'own-servers works only in a clone of the repository: npm ci && npm run own-servers there; with servers of your own: switchboard page --registry',
  )
}
