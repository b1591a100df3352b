import { acceptFunctions } from '../../agent/tools/accepted-functions.ts'
import type { WorkerSwitchboard } from '../../agent/worker/options.ts'
import type { FunctionInfo } from '../../contract/protocol.ts'
import { sayable } from '../../rehearsal/grammar/grammar.ts'
import type { Switchboard } from '../../switchboard.ts'
import { isWhole } from '../../testing/rehearsed-call/agent-file.ts'
import { UsageError } from '../failure.ts'
import type { Request } from './options.ts'

const requestCount = 2

/**
 * What a caller says where nothing is asked for, to somebody's own agent or servers: the first sentences for functions that only
 * read, since the servers are real, and nobody asked them to do anything. `chosen`: the option that named them, for errors.
 * @throws UsageError, with a sentence to say, where no function says that it only reads
 */
export function requestsFor(chosen: string, switchboard: WorkerSwitchboard): Request[] {
  const functions = isWhole(switchboard) ? switchboard.functions.filter(({ callable }) => callable) : []
  const harmless = isWhole(switchboard) ? functions.filter((one) => onlyReads(switchboard, one)) : []
  const sentences = sentencesFor(harmless).slice(0, requestCount)
  if (sentences.length > 0) return sentences.map((value) => ({ kind: 'say', value }))
  const [example] = sentencesFor(functions)
  const how = example === undefined ? '--type "…"' : `--say "${example}"`
  throw new UsageError(
    `${chosen}: no function that can be asked for aloud is marked as one that only reads (readOnlyHint), and none is called unasked; add what to ask for, such as ${how}`,
  )
}

function onlyReads(switchboard: Switchboard, { name }: FunctionInfo): boolean {
  return switchboard.details(name)?.annotations.readOnlyHint === true
}

/** As the page offers them. */
function sentencesFor(functions: FunctionInfo[]): string[] {
  return sayable(acceptFunctions(functions).offered)
}
