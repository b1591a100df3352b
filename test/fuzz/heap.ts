import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** What is really in use. */
export function heapBytes(): number {
  if (typeof collect !== 'function') throw new Error('this Node does not let a test collect garbage')
  collect()
  return process.memoryUsage().heapUsed
}
