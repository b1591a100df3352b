import { availableParallelism } from 'node:os'
import { pinnedTo, runScript } from '../script.mjs'

/** The same load through the SDKs and through the switchboard: each on one core, the servers on the others. */
export async function measureConversations() {
  const hasOthers = availableParallelism() > 1
  const others = hasOthers ? pinnedTo(`1-${availableParallelism() - 1}`) : []
  const measure = (side) =>
    runScript('load/conversations.mjs', {
      flags: ['--expose-gc'],
      args: ['--side', side, '--servers-prefix', JSON.stringify(others)],
      prefix: pinnedTo('0'),
    })
  return { raw: await measure('raw'), ours: await measure('ours') }
}
