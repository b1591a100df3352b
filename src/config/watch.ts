import { readFileSync, watch } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** An editor writes a file in several steps. */
const quietMs = 100

/**
 * Calls `onChange` after the content of a file has changed, or the file has gone. Its folder is watched, so that a file
 * that is replaced by another (as editors and mounted secrets do) is not lost sight of. Keeps no process alive.
 * @returns how to stop
 */
export function watchFile(file: string, onChange: () => void): () => void {
  const path = resolve(file)
  let content = read(path)
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(dirname(path), { persistent: false }, () => {
    clearTimeout(timer)
    timer = setTimeout(look, quietMs).unref()
  })
  // A folder that is removed: there is nothing to see any more, and the last good definitions stay.
  watcher.on('error', () => watcher.close())

  function look(): void {
    const now = read(path)
    if (now === content) return
    content = now
    onChange()
  }

  return () => {
    clearTimeout(timer)
    watcher.close()
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
