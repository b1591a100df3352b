import { existsSync, realpathSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Addition } from './edit.ts'

/** Of `examples/servers/notes.ts`. */
const program = fileURLToPath(new URL('../../examples/servers/notes.js', import.meta.url))

/** Whether npm may remove the program at any time: it came with `npx` and is installed nowhere. */
export const exampleIsInCache = program.split(sep).includes('_npx')

/** A server that needs no key and no network, for a file in `folder`. */
export function exampleServer(folder: string): Addition {
  const inner = existsSync(folder) ? relative(realpathSync(folder), program).split(sep) : []
  // Installed in that folder it is found from there on any machine.
  const path = inner[0] === 'node_modules' ? inner.join('/') : program
  return {
    name: 'notes',
    entry: { command: 'node', args: [path], cwd: '.', switchboard: { trustAnnotations: true } },
    comment: `An example without a key or a network: it tells the time, and keeps notes in notes.json.
trustAnnotations: what it says of its tools is believed, so that a call of one that only reads may be sent again.`,
  }
}
