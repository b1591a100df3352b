import { voice } from '@livekit/agents'
import type { Conversation } from '../protocol.ts'
import { honestyInstructions } from './instructions.ts'
import { ensureLogger } from './logger.ts'
import { createMCPToolset, type MCPToolset, type ToolsetOptions } from './tools/toolset.ts'

export interface VoiceAgentOptions {
  conversation: Conversation
  /** Who the agent is and what it is for. The rules for honest answers are added. */
  instructions?: string
  toolset?: ToolsetOptions
}

export interface VoiceAgent {
  agent: voice.Agent
  toolset: MCPToolset
}

/** An agent that offers a conversation's functions. The same for every provider: only the model differs. */
export function createVoiceAgent({ conversation, instructions, toolset }: VoiceAgentOptions): VoiceAgent {
  ensureLogger()
  const tools = createMCPToolset(conversation, toolset)
  const agent = new voice.Agent({
    instructions:
      instructions === undefined ? honestyInstructions : `${instructions}\n${honestyInstructions}`,
    tools: [tools],
  })
  return { agent, toolset: tools }
}
