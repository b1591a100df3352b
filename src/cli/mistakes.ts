import type { Command, CommanderError } from 'commander'
import { UsageError } from './failure.ts'

/** What commander finds wrong with a command line, in one line that ends with what to do. */
export function mistakeIn(command: Command, { code, message }: CommanderError): UsageError {
  const what = message
    .replace(/^error: /, '')
    .replace(/\s*\(Did you mean (one of )?(.*)\?\)$/, (_, several = '', words = '') =>
      several ? `; did you mean one of ${words}?` : `; did you mean "${words}"?`,
    )
  const hasRemedy = what.endsWith('?') || code === 'commander.invalidArgument'
  return new UsageError(hasRemedy ? what : `${what.replace(/\.$/, '')}${remedyFor(command, code)}`)
}

function remedyFor(command: Command, code: string): string {
  const help = `\`${pathOf(command)} --help\``
  if (code === 'commander.unknownCommand') {
    return `; ${help} lists the commands${command.parent ? '' : ', and `switchboard list` what can be called'}`
  }
  const more = `; ${help} says what it takes`
  if (code !== 'commander.missingArgument') return more
  const { description } = command.registeredArguments.find(({ required }) => required) ?? {}
  return description ? `: ${description}${more}` : more
}

/** As it is typed: `switchboard registry key add`. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}
