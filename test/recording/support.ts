import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A file that is not there yet, in a folder of its own. */
export function newFile(name = 'tape.jsonl'): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-recording-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, name)
}
