import { llm } from '@livekit/agents'
import type { Conversation, JsonObject } from '../../contract/protocol.ts'
import { type CallSide, callFunction, type FunctionAnswer } from '../function-call.ts'
import { type AcceptedFunction, acceptFunctions, type LeftOutFunction } from './accepted-functions.ts'

interface KnownTool {
  signature: string
  tool: llm.FunctionTool
}

const ofConversations = new WeakMap<Conversation, FunctionTools>()

/**
 * A conversation's functions as tools. A function that did not change keeps its tool, since the framework compares by
 * identity; and all toolsets of a conversation share them, since two tools of one name make it refuse every later turn.
 */
export class FunctionTools {
  readonly #conversation: Conversation
  readonly #side: CallSide
  #known = new Map<string, KnownTool>()
  #list: readonly llm.FunctionTool[] = []
  #leftOut: LeftOutFunction[] = []

  /** `side`: of the first toolset. */
  static of(conversation: Conversation, side: CallSide): FunctionTools {
    const known = ofConversations.get(conversation) ?? new FunctionTools(conversation, side)
    ofConversations.set(conversation, known)
    return known
  }

  private constructor(conversation: Conversation, side: CallSide) {
    this.#conversation = conversation
    this.#side = side
    this.refresh()
  }

  /** The same list as long as nothing that the model reads has changed. */
  get list(): readonly llm.FunctionTool[] {
    return this.#list
  }

  get leftOut(): readonly LeftOutFunction[] {
    return this.#leftOut
  }

  refresh(): void {
    const { offered, leftOut } = acceptFunctions(this.#conversation.functions)
    const next = new Map(offered.map((accepted) => [accepted.name, this.#toolFor(accepted)]))
    const isChanged =
      next.size !== this.#known.size || [...next].some(([name, entry]) => this.#known.get(name) !== entry)
    this.#known = next
    this.#leftOut = leftOut
    if (isChanged) this.#list = [...next.values()].map(({ tool }) => tool)
  }

  #toolFor(accepted: AcceptedFunction): KnownTool {
    const signature = JSON.stringify([accepted.description, accepted.parameters])
    const known = this.#known.get(accepted.name)
    return known?.signature === signature ? known : { signature, tool: this.#tool(accepted) }
  }

  #tool(accepted: AcceptedFunction): llm.FunctionTool {
    return llm.tool({
      ...accepted,
      execute: (args: JsonObject, { ctx, abortSignal }): Promise<FunctionAnswer> => {
        const call = { name: accepted.name, arguments: args, context: ctx, signal: abortSignal }
        return callFunction(this.#conversation, call, this.#side)
      },
    })
  }
}
