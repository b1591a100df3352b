import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/**
 * What a script of this folder prints as JSON, run in a process of its own: nothing that another measurement has compiled or
 * left in the heap is in its way. `prefix`: a command that runs it, such as `taskset`.
 */
export async function runScript(script, { flags = [], args = [], prefix = [] } = {}) {
  const path = fileURLToPath(new URL(script, import.meta.url))
  // The first SDK over HTTP leaves a listener for each call, of which Node warns thousands of times.
  const [command, ...rest] = [...prefix, process.execPath, '--no-warnings', ...flags, path, ...args]
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) throw new Error(`${script} ended with ${code}`)
  return JSON.parse(output)
}

/** `taskset` to one core for each, where there is one; nothing otherwise. */
export function pinnedTo(core) {
  const prefix = ['taskset', '-c', String(core)]
  const { status } = spawnSync(prefix[0], [...prefix.slice(1), process.execPath, '--version'])
  return status === 0 ? prefix : []
}
