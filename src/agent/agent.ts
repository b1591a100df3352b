import { voice } from '@livekit/agents'
import { messageOf } from '../contract/errors.ts'
import type { Conversation } from '../contract/protocol.ts'
import { honestyInstructions } from './instructions.ts'
import { ensureLogger } from './logger.ts'
import { ServerWords } from './server-words.ts'
import { createMCPToolset, type MCPToolset, type ToolsetOptions } from './tools/toolset.ts'

export interface VoiceAgentOptions {
  conversation: Conversation
  /** Who the agent is and what it is for. What servers say of themselves and the rules for honest answers are added. */
  instructions?: string
  toolset?: ToolsetOptions
}

export interface VoiceAgent {
  /** For `startVoiceSession`, or for a `voice.AgentSession` of one's own. */
  agent: voice.Agent
  /** Its functions; tells whether the model has them. */
  toolset: MCPToolset
}

/** An agent that offers a conversation's functions. The same for every provider: only the model differs. */
export function createVoiceAgent({ conversation, instructions, toolset }: VoiceAgentOptions): VoiceAgent {
  ensureLogger()
  const tools = createMCPToolset(conversation, toolset)
  return { agent: new ConversationAgent(conversation, instructions, tools), toolset: tools }
}

class ConversationAgent extends voice.Agent {
  readonly #words: ServerWords
  readonly #own: string | undefined

  constructor(conversation: Conversation, own: string | undefined, toolset: MCPToolset) {
    const words = new ServerWords(conversation)
    super({ instructions: composed(own, words.text), tools: [toolset] })
    this.#words = words
    this.#own = own
  }

  override async onEnter(): Promise<void> {
    this.#words.follow(() => void this.#renew())
  }

  override async onExit(): Promise<void> {
    this.#words.stop()
  }

  /** The model is told in the midst of the call; what it says now goes on. Never rejects. */
  async #renew(): Promise<void> {
    const instructions = composed(this.#own, this.#words.text)
    if (instructions === this.instructions) return
    try {
      await this.updateInstructions(instructions)
    } catch (error) {
      const problem = `the model was not told what servers say of themselves: ${messageOf(error)}`
      process.emitWarning(problem, 'SwitchboardWarning')
    }
  }
}

/** The rules stand last: nothing that a stranger says comes after them. */
function composed(own: string | undefined, words: string): string {
  return [own ?? '', words, honestyInstructions].filter((part) => part !== '').join('\n')
}
