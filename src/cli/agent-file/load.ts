import { pathToFileURL } from 'node:url'
import { whyNotLoaded } from './reasons.ts'

/** Loads the agent file that its argument names; says on standard error what is wrong with it. A process of its own. */

const [, , file = ''] = process.argv

function refuse(reason: string): never {
  // In a single write, which is there before the process has gone.
  process.stderr.write(`\n${reason}\n`)
  process.exit(1)
}

try {
  const loaded: { default?: unknown } = await import(pathToFileURL(file).href)
  if (typeof loaded.default !== 'object' || loaded.default === null) {
    refuse('it has no agent as its default export; write: export default defineSwitchboardAgent({ … })')
  }
} catch (error) {
  refuse(whyNotLoaded(error))
}
process.exit(0)
