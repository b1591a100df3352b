import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clean, oneLine } from '../../text/text.ts'
import { UsageError } from '../failure.ts'
import { endedItsProcess } from './reasons.ts'

const loader = fileURLToPath(new URL(`./load${extname(import.meta.url)}`, import.meta.url))
/** LiveKit takes seconds to load on a slow machine. */
const loadWithinMs = 60_000
const maxStderrCharacters = 10_000

/**
 * Loads an agent file as each job process will, in a process of its own: its mistakes are told before LiveKit is asked for calls.
 * @throws UsageError
 */
export async function checkAgentFile(file: string): Promise<void> {
  const child = spawn(process.execPath, [loader, resolve(file)], { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-maxStderrCharacters)
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), loadWithinMs)
  await once(child, 'close')
  clearTimeout(timer)
  if (child.exitCode === 0) return
  const why =
    child.signalCode === null
      ? reasonIn(stderr)
      : `it was not loaded within ${loadWithinMs / 1_000} s; start nothing that lasts while it is loaded`
  throw new UsageError(`--agent ${file}: ${why}`)
}

/** What `load` wrote last, else what the file itself did. */
function reasonIn(stderr: string): string {
  const lines = clean(stderr)
    .split('\n')
    .filter((line) => line.trim() !== '')
  return oneLine(lines.at(-1) ?? endedItsProcess)
}
