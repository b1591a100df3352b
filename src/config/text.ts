import { readFileSync, statSync } from 'node:fs'
import { hasCode, messageOf, SwitchboardError } from '../contract/errors.ts'

/**
 * The text of a configuration file. A pipe or a device is refused: reading it may wait for ever, and a
 * configuration is read more than once.
 * @throws SwitchboardError `file_missing`, `file_unreadable`
 */
export function readText(path: string): string {
  try {
    const kind = statSync(path)
    if (kind.isDirectory()) throw unreadable(`${path}: is a folder; name the file in it`)
    if (!kind.isFile()) {
      throw unreadable(`${path}: is a pipe or a device, which is read once at most; name a file that stays`)
    }
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof SwitchboardError) throw error
    if (hasCode(error, 'ENOENT')) {
      const problem = 'no such file; create it, or name another with configFile'
      throw new SwitchboardError('file_missing', `${path}: ${problem}`)
    }
    throw unreadable(`${path}: cannot be read: ${messageOf(error)}`)
  }
}

function unreadable(problem: string): SwitchboardError {
  return new SwitchboardError('file_unreadable', problem)
}
