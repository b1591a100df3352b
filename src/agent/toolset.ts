import { llm } from '@livekit/agents'
import { type Phrases, phrasesWith } from '../phrases.ts'
import type { Conversation, FunctionInfo, JsonObject } from '../protocol.ts'
import { callFunction, type FunctionAnswer } from './function-call.ts'

export interface ToolsetOptions {
  /** Default: `mcp`. */
  id?: string
  /** How long the list of functions must be still before the model is told. Default: 100. */
  debounceMs?: number
  /** What is said without a model, in another language. Default: English. */
  phrases?: Partial<Phrases>
}

/**
 * A conversation's functions as a LiveKit toolset, for `new voice.Agent({ tools: [toolset] })`; a session's own `tools`
 * never reach a realtime model again after a change. The list follows the conversation; closing the toolset stops that
 * and nothing else.
 */
export function createMCPToolset(conversation: Conversation, options: ToolsetOptions = {}): llm.Toolset {
  const debounceMs = options.debounceMs ?? 100
  const tools = new FunctionTools(conversation, phrasesWith(options.phrases))
  let stopFollowing: (() => void) | undefined

  const follow = (push: (tools: readonly llm.FunctionTool[]) => void): (() => void) => {
    let timer: NodeJS.Timeout | undefined
    const unsubscribe = conversation.subscribe((event) => {
      if (event.type !== 'functions.changed') return
      clearTimeout(timer)
      timer = setTimeout(() => {
        if (tools.refresh()) push(tools.list)
      }, debounceMs)
    })
    return () => {
      clearTimeout(timer)
      unsubscribe()
    }
  }

  return llm.Toolset.create({
    id: options.id ?? 'mcp',
    tools: tools.list,
    // It runs again when the agent takes over a second time, and the model is dialled only after it: nothing is awaited.
    setup: async ({ updateTools }) => {
      stopFollowing?.()
      stopFollowing = follow(updateTools)
      if (tools.refresh()) updateTools(tools.list)
    },
    aclose: async () => {
      stopFollowing?.()
      stopFollowing = undefined
    },
  })
}

interface KnownTool {
  signature: string
  tool: llm.FunctionTool
}

/** The functions as tools. A function that did not change keeps its tool, since the framework compares by identity. */
class FunctionTools {
  readonly #conversation: Conversation
  readonly #phrases: Phrases
  #known = new Map<string, KnownTool>()

  constructor(conversation: Conversation, phrases: Phrases) {
    this.#conversation = conversation
    this.#phrases = phrases
    this.refresh()
  }

  get list(): readonly llm.FunctionTool[] {
    return [...this.#known.values()].map(({ tool }) => tool)
  }

  /** Whether anything that the model reads has changed. */
  refresh(): boolean {
    const next = new Map<string, KnownTool>()
    for (const info of this.#conversation.functions) {
      // Two tools of one name make the framework refuse every later turn.
      if (next.has(info.name)) continue
      const signature = JSON.stringify([info.description, info.inputSchema])
      const known = this.#known.get(info.name)
      const isSame = known?.signature === signature
      next.set(info.name, isSame ? known : { signature, tool: this.#tool(info) })
    }
    const changed =
      next.size !== this.#known.size || [...next].some(([name, entry]) => this.#known.get(name) !== entry)
    this.#known = next
    return changed
  }

  #tool({ name, description, inputSchema }: FunctionInfo): llm.FunctionTool {
    return llm.tool({
      ...{ name, description, parameters: inputSchema },
      execute: (args: JsonObject, { ctx, abortSignal }): Promise<FunctionAnswer> => {
        const call = { name, arguments: args, context: ctx, signal: abortSignal }
        return callFunction(this.#conversation, call, this.#phrases)
      },
    })
  }
}
