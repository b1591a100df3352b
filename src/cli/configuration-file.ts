import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from './failure.ts'

export interface ConfigurationFile {
  file: string
  chosen: 'named' | 'found' | 'example'
}

export const exampleConfiguration: ConfigurationFile = {
  file: fileURLToPath(new URL('../../examples/switchboard.json', import.meta.url)),
  chosen: 'example',
}

const usualConfigFile = 'mcp.json'

/** The one rule for all commands: the file that is named, else `mcp.json` in the folder where the command runs, else the examples. */
export function configurationFile(named: string | undefined): ConfigurationFile {
  if (named !== undefined) return { file: named, chosen: 'named' }
  return existsSync(usualConfigFile) ? { file: usualConfigFile, chosen: 'found' } : exampleConfiguration
}

/** @throws UsageError where the file that was named is not there */
export function requireConfiguration({ file, chosen }: ConfigurationFile): void {
  if (chosen !== 'named' || existsSync(file)) return
  throw new UsageError(`${resolve(file)}: no such file; create it, or name another with --config`)
}

/** Says on standard error which one it is, unless it was named. */
export function tellConfiguration({ chosen }: ConfigurationFile): void {
  if (chosen === 'found') process.stderr.write(`switchboard: the servers are those of ${usualConfigFile}\n`)
  if (chosen === 'example') {
    process.stderr.write(
      `switchboard: there is no ${usualConfigFile} here, so the servers are the two examples; \`switchboard init\` writes one, --config names another\n`,
    )
  }
}
