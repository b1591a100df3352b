import { statSync } from 'node:fs'
import { join } from 'node:path'
import { folderOf } from '../config/paths.ts'
import { hasCode, messageOf } from '../contract/errors.ts'
import { UsageError } from './failure.ts'

/**
 * Sets what `.env` beside a configuration file says, as Docker Compose does; what is set already stays. A program that uses
 * this package decides for itself: `node --env-file=.env`.
 * @throws UsageError
 */
export function loadVariables(configFile: string): void {
  const file = join(folderOf(configFile), '.env')
  // Some keep an environment of Python under this name.
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) return
  try {
    process.loadEnvFile(file)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw new UsageError(`${file}: cannot be read (${messageOf(error)}); correct it, or remove it`)
  }
}
