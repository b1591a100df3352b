import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { RealtimeOptions } from '../../agent/index.ts'
import type { SwitchboardAgentOptions, WorkerSwitchboard } from '../../agent/worker/options.ts'
import type { Conversation } from '../../contract/protocol.ts'
import type { Switchboard } from '../../switchboard.ts'
import type { Agent, AgentMaker } from './options.ts'

export type AgentFile =
  | { kind: 'maker'; make: AgentMaker }
  | {
      kind: 'definition'
      createSwitchboard: () => WorkerSwitchboard | Promise<WorkerSwitchboard>
      make: (given: { conversation: Conversation }) => Agent
      realtime: RealtimeOptions
    }

/** What an agent file may export. */
export const agentFileForms =
  'defineSwitchboardAgent({ … }) or a function ({ conversation, switchboard }) => agent'

/** @throws TypeError where there is no such file, or its default export is nothing that makes an agent */
export async function readAgentFile(path: string): Promise<AgentFile> {
  if (!existsSync(path)) {
    throw new TypeError(`agentFile ${path}: no such file; name the JavaScript file of your agent`)
  }
  const file: { default?: unknown } = await import(pathToFileURL(resolve(path)).href)
  const read = await agentFileOf(file.default)
  if (read) return read
  throw new TypeError(`${path}: it has no agent as its default export; write ${agentFileForms}`)
}

/** Of a default export; nothing where it makes no agent. */
export async function agentFileOf(exported: unknown): Promise<AgentFile | undefined> {
  if (isMaker(exported)) return { kind: 'maker', make: exported }
  const [{ optionsOfDefinition }, { createVoiceAgent }] = await Promise.all([
    import('../../agent/worker/worker.ts'),
    import('../../agent/agent.ts'),
  ])
  const options =
    typeof exported === 'object' && exported !== null ? optionsOfDefinition(exported) : undefined
  if (!options) return undefined
  const { createSwitchboard, realtime } = options
  return {
    kind: 'definition',
    createSwitchboard,
    realtime,
    make: ({ conversation }) => createVoiceAgent({ conversation, ...agentOptions(options) }).agent,
  }
}

/** @throws TypeError where the maker returns none */
export async function makeAgent(
  make: AgentMaker,
  given: { conversation: Conversation; switchboard: Switchboard },
): Promise<Agent> {
  const agent: unknown = await make(given)
  if (isAgent(agent)) return agent
  throw new TypeError('no agent was returned; return a voice.Agent')
}

export function isWhole(switchboard: WorkerSwitchboard): switchboard is Switchboard {
  return 'call' in switchboard
}

/** Which class it is, LiveKit looks at. */
function isAgent(value: unknown): value is Agent {
  return typeof value === 'object' && value !== null
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
