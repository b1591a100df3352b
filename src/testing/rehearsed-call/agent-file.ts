import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SwitchboardAgentOptions, WorkerSwitchboard } from '../../agent/worker/worker.ts'
import type { Conversation } from '../../protocol.ts'
import type { Agent, AgentMaker } from './options.ts'

export type AgentFile =
  | { kind: 'maker'; make: AgentMaker }
  | {
      kind: 'definition'
      createSwitchboard: () => WorkerSwitchboard | Promise<WorkerSwitchboard>
      make: (given: { conversation: Conversation }) => Agent
    }

/** @throws TypeError where the default export is nothing that makes an agent */
export async function readAgentFile(path: string): Promise<AgentFile> {
  const file: { default?: unknown } = await import(pathToFileURL(resolve(path)).href)
  const exported = file.default
  if (isMaker(exported)) return { kind: 'maker', make: exported }
  const [{ optionsOfDefinition }, { createVoiceAgent }] = await Promise.all([
    import('../../agent/worker/worker.ts'),
    import('../../agent/agent.ts'),
  ])
  const options =
    typeof exported === 'object' && exported !== null ? optionsOfDefinition(exported) : undefined
  if (options) {
    const { createSwitchboard } = options
    return {
      kind: 'definition',
      createSwitchboard,
      make: ({ conversation }) => createVoiceAgent({ conversation, ...agentOptions(options) }).agent,
    }
  }
  throw new TypeError(
    `${path}: its default export is neither of defineSwitchboardAgent() nor a function ({ conversation, switchboard }) => agent`,
  )
}

function agentOptions({ instructions, phrases = {}, onQuestion }: SwitchboardAgentOptions) {
  return {
    toolset: { phrases, ...(onQuestion === undefined ? {} : { onQuestion }) },
    ...(instructions === undefined ? {} : { instructions }),
  }
}

function isMaker(value: unknown): value is AgentMaker {
  return typeof value === 'function'
}
