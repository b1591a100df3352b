import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, sep } from 'node:path'
import { systemCodeOf } from '../contract/errors.ts'
import { type Input, inputVariable, nearestInput } from './inputs.ts'
import { pathFrom } from './paths.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What a file gives to its references besides the environment. */
export interface ReferenceSource {
  /** `${workspaceFolder}`, and where relative paths begin. */
  folder: string
  inputs: readonly Input[]
}

/**
 * `${NAME}`, `${env:NAME}`, `${NAME:-used when it is not set or empty}`; VS Code's `${input:id}`, Windsurf's `${file:/path}`, and
 * the path separator `${/}`. Anything else stays as it is: it may be a shell's.
 */
const reference =
  /\$\{(?:(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?|(input|file|command|config):([^}]+)|(\/))\}/g

/** A reference for which nothing stands; says what to do. */
export class ReferenceProblem extends Error {}

export class UnsetVariable extends ReferenceProblem {
  constructor(
    readonly variable: string,
    readonly place: string,
  ) {
    super(
      `\${${variable}} in ${place} is not set; set the variable ${variable}, or write \${${variable}:-} where it may be empty`,
    )
  }
}

/**
 * `onValue` hears what stands for each reference that may be a secret. Without a `source` there are variables alone.
 * @throws ReferenceProblem
 */
export function expand(
  text: string,
  environment: Environment,
  place: string,
  onValue: (value: string) => void = () => {},
  source?: ReferenceSource,
): string {
  return text.replace(reference, (whole, name?: string, fallback?: string, kind?: string, rest = '') => {
    if (name !== undefined) {
      const set = environment[name]
      const folder = set === undefined ? placeValue(name, source) : undefined
      if (folder !== undefined) return folder
      const value = fallback === undefined ? set : set || fallback
      if (value === undefined) throw new UnsetVariable(name, place)
      onValue(value)
      return value
    }
    if (!source) return whole
    if (kind === undefined) return sep
    const value = otherValue(kind, rest, environment, place, source)
    onValue(value)
    return value
  })
}

/** The names that VS Code and Cursor give to places; a variable of the same name goes before them. */
function placeValue(name: string, source: ReferenceSource | undefined): string | undefined {
  if (!source) return undefined
  switch (name) {
    case 'workspaceFolder':
      return source.folder
    case 'workspaceFolderBasename':
      return basename(source.folder)
    case 'userHome':
      return homedir()
    case 'cwd':
      return process.cwd()
    case 'pathSeparator':
      return sep
    default:
      return undefined
  }
}

function otherValue(
  kind: string,
  rest: string,
  environment: Environment,
  place: string,
  { folder, inputs }: ReferenceSource,
): string {
  const written = `\${${kind}:${rest}} in ${place}`
  if (kind === 'input') return inputValue(rest, environment, written, inputs)
  if (kind !== 'file') {
    throw new ReferenceProblem(`${written} has a value in VS Code only; write the value, or \${A_VARIABLE}`)
  }
  try {
    return readFileSync(pathFrom(folder, rest), 'utf8').trim()
  } catch (error) {
    const code = systemCodeOf(error) ?? 'unreadable'
    throw new ReferenceProblem(
      `${written}: the file cannot be read (${code}); create it, or correct the path`,
    )
  }
}

function inputValue(id: string, environment: Environment, written: string, inputs: readonly Input[]): string {
  const input = inputs.find((one) => one.id === id)
  if (!input) {
    throw new ReferenceProblem(
      `${written}: there is no input "${id}" under "inputs"${nearestInput(id, inputs) || '; add it, or write a variable'}`,
    )
  }
  const variable = inputVariable(id)
  const value = environment[variable] ?? input.default
  const asked = input.description === undefined ? '' : ` ("${input.description}")`
  if (value === undefined) {
    throw new ReferenceProblem(
      `${written}${asked} is asked for by VS Code, but nobody is asked here; set the variable ${variable}`,
    )
  }
  if (input.options && !input.options.includes(value)) {
    throw new ReferenceProblem(
      `${written}${asked} must be one of ${input.options.map((option) => `"${option}"`).join(', ')}; correct the variable ${variable}`,
    )
  }
  return value
}
