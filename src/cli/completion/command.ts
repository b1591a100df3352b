import { Argument, Command } from 'commander'
import { type Ended, UsageError } from '../failure.ts'
import { helpText, wrongInput } from '../help.ts'
import { installation, shells } from './shells.ts'

const help = helpText({
  before: `${installation}

Names of functions are known once \`list\`, \`call\` or \`watch\` has asked the servers of that configuration: no server is started
to complete a word.`,
  exitCodes: { 0: 'it was printed', 2: wrongInput },
  examples: ['complete zsh'],
})

export function completeCommand(ended: Ended): Command {
  return new Command('complete')
    .summary('Print what makes a shell complete commands, options and functions')
    .description(
      'Print the script by which a shell completes commands, options and their values; without a shell, say how it is installed.',
    )
    .addArgument(new Argument('[shell]', 'whose script').choices(shells).argParser(knownShell))
    .addHelpText('after', help)
    .action(async (shell: (typeof shells)[number] | undefined) => {
      if (shell === undefined) process.stdout.write(`${installation}\n`)
      else {
        const { printScript } = await import('./script.ts')
        printScript(shell)
        if (process.stdout.isTTY) process.stderr.write(`\n${installation}\n`)
      }
      ended(0)
    })
}

/** @throws UsageError */
function knownShell(word: string): (typeof shells)[number] {
  const shell = shells.find((one) => one === word)
  if (shell !== undefined) return shell
  throw new UsageError(`there is no completion for ${JSON.stringify(word)}; it works in ${shells.join(', ')}`)
}
