import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { hasCode, messageOf } from '../../contract/errors.ts'
import { UsageError } from '../failure.ts'

/** The text of a file; nothing where there is none. @throws UsageError also for a folder, a device, and a link to nothing */
export function readIfThere(file: string): string | undefined {
  try {
    const isThere = lstatSync(file, { throwIfNoEntry: false }) !== undefined
    if (isThere && !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      throw new UsageError(`${file}: is there, and no file that can be replaced; name another`)
    }
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (hasCode(error, 'ENOENT')) return undefined
    throw new UsageError(`${file}: cannot be read (${messageOf(error)}); name another file`)
  }
}

/**
 * Replaces a file as a whole or not at all. `before`: what stood there when it was read; whoever has changed it since is not
 * overwritten. `mode`: of a new file, and the most of one that is there. @throws UsageError
 */
export function replaceFile(file: string, before: string | undefined, text: string, mode: number): void {
  if (readIfThere(file) !== before) {
    throw new UsageError(`${file}: has changed meanwhile; nothing was written to it. Run init again`)
  }
  // A link stays a link.
  const target = before === undefined ? file : realpathSync(file)
  const unfinished = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`)
  try {
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(unfinished, text, { flag: 'wx', mode, flush: true })
    if (before !== undefined) chmodSync(unfinished, statSync(target).mode & mode)
    renameSync(unfinished, target)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw new UsageError(`${file}: cannot be written (${messageOf(error)}); name another with --out`)
  }
}
