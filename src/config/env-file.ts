import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { systemCodeOf } from '../contract/errors.ts'
import { EntryProblem } from './entry.ts'

/** Variables of a file with a line `NAME=value` each. @throws EntryProblem */
export function readEnvFile(path: string, place: string): Record<string, string> {
  try {
    const variables = Object.entries(parseEnv(readFileSync(path, 'utf8')))
    return Object.fromEntries(variables.map(([name, value]) => [name, value ?? '']))
  } catch (error) {
    const code = systemCodeOf(error) ?? 'unreadable'
    throw new EntryProblem(`${place}: ${path} cannot be read (${code}); create it, or remove "envFile"`)
  }
}
