import { openSync, writeSync } from 'node:fs'
import type { AuditWriter } from '../../audit.ts'
import { messageOf } from '../../contract/errors.ts'
import { UsageError } from '../failure.ts'
import { writeData } from '../standard-output.ts'

/**
 * `file`, or standard output for `-`. Lines are added, each in one piece and at once, since several processes write and each
 * may be killed; the file belongs to its owner alone.
 * @throws UsageError where it cannot be written
 */
export function openAudit(file: string): AuditWriter {
  if (file === '-') {
    // A reader who is gone must not end a call.
    process.stdout.on('error', (error) => {
      process.emitWarning(`the audit cannot be written: ${error.message}`, 'SwitchboardWarning')
    })
    return { write: writeData }
  }
  try {
    const descriptor = openSync(file, 'a', 0o600)
    return { write: (line) => writeSync(descriptor, line) }
  } catch (error) {
    throw new UsageError(`--audit ${file}: cannot be written (${messageOf(error)}); choose another file`)
  }
}
