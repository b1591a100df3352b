import type { Command, CommanderError } from 'commander'
import { nearest } from '../text/nearest.ts'
import { UsageError } from './failure.ts'

/** What commander finds wrong with a command line, in one line that ends with what to do. */
export function mistakeIn(command: Command, { code, message }: CommanderError): UsageError {
  // Of one that does something by itself, commander takes the name of another below it for an argument.
  const isExcess = code === 'commander.excessArguments' && command.commands.length > 0
  if (isExcess || code === 'commander.unknownCommand') return unknownCommand(command)
  const what = message
    .replace(/^error: /, '')
    .replace(/\s*\(Did you mean (one of )?(.*)\?\)$/, (_, several = '', words = '') =>
      several ? `; did you mean one of ${words}?` : `; did you mean "${words}"?`,
    )
  if (what.endsWith('?') || code === 'commander.invalidArgument') return new UsageError(what)
  const missing = command.registeredArguments.find(
    (one) => what === `missing required argument '${one.name()}'`,
  )
  const told = missing === undefined ? what.replace(/\.$/, '') : `${what}: ${missing.description}`
  return new UsageError(`${told}; \`${pathOf(command)} --help\` says what it takes`)
}

function unknownCommand(command: Command): UsageError {
  const [word = ''] = command.args
  const guess = nearest(
    word,
    command.commands.map((one) => one.name()),
  )
  const others = command.parent ? '' : ', and `switchboard list` what can be called'
  const remedy = guess || `; \`${pathOf(command)} --help\` lists the commands${others}`
  return new UsageError(`unknown command '${word}'${remedy}`)
}

/** As it is typed: `switchboard registry key add`. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}
