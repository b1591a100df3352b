import { randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { hasCode, messageOf } from '../contract/errors.ts'
import { UsageError } from './failure.ts'

/** The token of a proxy, for those who use it. */
export const proxyTokenVariable = 'SWITCHBOARD_PROXY_TOKEN'

/** The token in `file`, which is made where it is missing. @throws UsageError */
export async function tokenIn(file: string): Promise<string> {
  try {
    // Never over another's, and for its owner's eyes only.
    await writeFile(file, `${randomBytes(24).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    const isThere = hasCode(error, 'EEXIST')
    if (!isThere) throw new UsageError(`${file}: cannot be written (${messageOf(error)}); name another file`)
  }
  return readToken(file)
}

/** @throws UsageError */
export async function readToken(file: string): Promise<string> {
  const token = (await readPrivate(file, 'name the file that `switchboard proxy` made')).trim()
  if (token === '') throw new UsageError(`${file}: there is no token in it; remove it, or put one in`)
  return token
}

/** A file with secrets, which others must not be able to read. `remedy`: what to do where it is missing. @throws UsageError */
export async function readPrivate(file: string, remedy: string): Promise<string> {
  const read = async () => ({ text: await readFile(file, 'utf8'), mode: (await stat(file)).mode })
  const { text, mode } = await read().catch((error: unknown) => {
    const isMissing = hasCode(error, 'ENOENT')
    throw new UsageError(
      isMissing
        ? `${file}: there is no such file; ${remedy}`
        : `${file}: cannot be read (${messageOf(error)})`,
    )
  })
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new UsageError(`${file}: others can read the secrets in it; run: chmod 600 ${file}`)
  }
  return text
}
