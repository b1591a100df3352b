import type { Argument, Command, Option } from 'commander'
import { functionNames, parameterNames, serverTurns } from './known-values.ts'
import { type Suggestion, suggestion } from './suggestion.ts'

export interface Suggestions {
  suggestions: Suggestion[]
  /** What the shell does besides. */
  files: 'none' | 'files' | 'folders'
  /** More of the same word follows. */
  noSpace?: boolean
}

const none: Suggestions = { suggestions: [], files: 'none' }

/** For the last of `words`, which is being written; those before it are whole. The program itself is not among them. */
export function suggest(program: Command, words: readonly string[]): Suggestions {
  const before = words.slice(0, -1)
  const current = words.at(-1) ?? ''
  let command = program
  let awaiting: Option | undefined
  const positionals: string[] = []
  for (const word of before) {
    if (awaiting) awaiting = undefined
    else if (word.startsWith('-') && word !== '-') awaiting = takingValue(optionOf(command, word), word)
    else {
      const below = positionals.length === 0 ? command.commands.find((one) => one.name() === word) : undefined
      if (below) command = below
      else positionals.push(word)
    }
  }
  const config = configIn(before)
  if (awaiting) return matching(valuesOf(awaiting, command, config), current)
  const [, flag, value] = /^(--[\w-]+)=(.*)$/.exec(current) ?? []
  if (flag !== undefined) {
    const option = optionOf(command, flag)
    return option ? matching(valuesOf(option, command, config), value ?? '') : none
  }
  if (current.startsWith('-')) return matching({ ...none, suggestions: optionsOf(command) }, current)
  const isFirst = positionals.length === 0
  const below = isFirst ? command.createHelp().visibleCommands(command) : []
  if (below.length > 0) {
    const commands = below.map((one) => suggestion(one.name(), one.summary() || one.description()))
    return matching({ ...none, suggestions: commands }, current)
  }
  return matching(argumentsOf(command, positionals, config), current)
}

function argumentsOf(command: Command, given: readonly string[], config: string | undefined): Suggestions {
  const { registeredArguments } = command
  const last = registeredArguments.at(-1)
  const argument = registeredArguments[given.length] ?? (last?.variadic ? last : undefined)
  if (argument === undefined) return none
  if (command.name() === 'call') {
    const [name] = given
    if (name === undefined) return { ...none, suggestions: functionNames(config) }
    return { ...none, suggestions: parameterNames(config, name, given.slice(1)), noSpace: true }
  }
  return byKind(argument, argument.name())
}

function valuesOf(option: Option, command: Command, config: string | undefined): Suggestions {
  if (command.name() === 'rehearse' && option.long === '--kill') {
    return { ...none, suggestions: serverTurns(config) }
  }
  const [, what = ''] = /[<[]([^>\]]+)[>\]]/.exec(option.flags) ?? []
  return byKind(option, what)
}

/** By the word that stands for the value in `--help`. */
function byKind({ argChoices }: Argument | Option, what: string): Suggestions {
  if (argChoices) return { ...none, suggestions: argChoices.map((value) => suggestion(value)) }
  if (what === 'file') return { ...none, files: 'files' }
  return { ...none, files: what === 'folder' || what === 'path' ? 'folders' : 'none' }
}

function optionOf(command: Command, word: string): Option | undefined {
  const name = word.split('=')[0] ?? ''
  return command.options.find(({ long, short }) => long === name || short === name)
}

function takingValue(option: Option | undefined, word: string): Option | undefined {
  return option?.required && !word.includes('=') ? option : undefined
}

function optionsOf(command: Command): Suggestion[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long ? [suggestion(long, description)] : []))
}

function configIn(words: readonly string[]): string | undefined {
  const index = words.lastIndexOf('--config')
  if (index >= 0) return words[index + 1]
  return words.findLast((word) => word.startsWith('--config='))?.slice('--config='.length)
}

function matching(all: Suggestions, current: string): Suggestions {
  return { ...all, suggestions: all.suggestions.filter(({ value }) => value.startsWith(current)) }
}
