import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from './failure.ts'

export interface ChosenConfiguration {
  file: string
  /** By `--config`, as `mcp.json` in this folder, or not at all. */
  how: 'named' | 'found' | 'example'
}

export const exampleConfiguration: ChosenConfiguration = {
  file: fileURLToPath(new URL('../../examples/switchboard.json', import.meta.url)),
  how: 'example',
}

const usualFile = 'mcp.json'

/** The one rule for all commands: the file that is named, else `mcp.json` in the folder where the command runs, else the examples. */
export function chooseConfiguration(named: string | undefined): ChosenConfiguration {
  if (named !== undefined) return { file: named, how: 'named' }
  return existsSync(usualFile) ? { file: usualFile, how: 'found' } : exampleConfiguration
}

/** @throws UsageError where the file that was named is not there */
export function requireConfiguration({ file, how }: ChosenConfiguration): void {
  if (how !== 'named' || existsSync(file)) return
  throw new UsageError(`${resolve(file)}: no such file; create it, or name another with --config`)
}

/** Says on standard error which one it is, unless it was named. */
export function tellConfiguration({ how }: ChosenConfiguration): void {
  if (how === 'found') process.stderr.write(`switchboard: the servers are those of ${usualFile}\n`)
  if (how === 'example') {
    process.stderr.write(
      `switchboard: there is no ${usualFile} here, so the servers are the two examples; \`switchboard init\` writes one, --config names another\n`,
    )
  }
}
