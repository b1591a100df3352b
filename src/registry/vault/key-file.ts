import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../../contract/errors.ts'
import { readKeys, VaultError, type VaultKey } from './keys.ts'

/**
 * For development: keys in `registry.keys` in the folder, beside what they protect; the first is made on first need, for its
 * owner's eyes only. @throws VaultError `wrong_keys`
 */
export async function keyFile(folder: string): Promise<VaultKey[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'registry.keys')
  const text = (await read(file)) ?? (await make(file))
  const { mode } = await stat(file)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new VaultError('wrong_keys', `others can read the keys in ${file}; run: chmod 600 ${file}`)
  }
  return readKeys(text, file)
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Whole at once, and never over another's: what a process has encrypted has to be opened by the next. */
async function make(file: string): Promise<string> {
  const id = `local-${randomBytes(4).toString('hex')}`
  const text = `${id}:${randomBytes(32).toString('base64')}\n`
  const writing = `${file}.${randomBytes(4).toString('hex')}`
  try {
    await writeFile(writing, text, { flag: 'wx', mode: 0o600, flush: true })
    await link(writing, file)
    return text
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return await readFile(file, 'utf8')
    throw error
  } finally {
    await rm(writing, { force: true })
  }
}
