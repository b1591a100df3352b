import { setImmediate as nextTurn } from 'node:timers/promises'
import { Future, llm } from '@livekit/agents'
import { type Phrases, phrasesWith } from '../../contract/phrases.ts'
import type { CallOptions, Conversation } from '../../contract/protocol.ts'
import type { ConfirmedToolset, KeptList } from '../model/kept-list.ts'
import { FunctionTools } from './function-tools.ts'

export interface ToolsetOptions {
  /** Default: `mcp`. */
  id?: string
  /** How long the list of functions must be still before the model is told. Default: 100. */
  debounceMs?: number
  /** What is said without a model, in another language; of several toolsets of a conversation, the first one's. Default: English. */
  phrases?: Partial<Phrases>
  /**
   * Shows the caller a page that a server wants visited (`mode: 'url'`), on a screen or in a data message; nothing here opens it.
   * Forms are asked aloud. Default: such a question is cancelled.
   */
  onQuestion?: CallOptions['onQuestion']
  /**
   * Is told, once, of each function that the model is not told of, and why: OpenAI would refuse the whole list, or it has
   * refused this one. Default: a process warning.
   */
  onProblem?: (message: string) => void
}

/**
 * A conversation's functions as a LiveKit toolset, for `new voice.Agent({ tools: [toolset] })`; a session's own `tools`
 * never reach a realtime model again after a change. The list follows the conversation; closing the toolset stops that
 * and nothing else. Several toolsets of one conversation can be in use at once, also in one agent.
 */
export function createMCPToolset(conversation: Conversation, options: ToolsetOptions = {}): MCPToolset {
  return new MCPToolset(conversation, options)
}

/** What `createMCPToolset` makes. */
export class MCPToolset extends llm.Toolset implements ConfirmedToolset {
  readonly #conversation: Conversation
  readonly #functions: FunctionTools
  readonly #debounceMs: number
  readonly #onProblem: (message: string) => void
  readonly #reported = new Set<string>()
  #stopFollowing: (() => void) | undefined
  #pushed: readonly llm.FunctionTool[] = []
  /** Of a change that the model has not been told of. */
  #change: { isTold: boolean; told: Future<void> } | undefined
  #kept: KeptList | undefined

  constructor(conversation: Conversation, options: ToolsetOptions) {
    super({ id: options.id ?? 'mcp', tools: [] })
    this.#conversation = conversation
    this.#debounceMs = options.debounceMs ?? 100
    this.#onProblem = options.onProblem ?? ((message) => process.emitWarning(message, 'SwitchboardWarning'))
    this.#functions = FunctionTools.of(conversation, {
      phrases: phrasesWith(options.phrases),
      onQuestion: options.onQuestion,
    })
    this.#refresh()
  }

  /** All toolsets of a conversation change at one instant: the framework cannot have two tools of one name. */
  override get tools(): readonly llm.FunctionTool[] {
    return this.#functions.list
  }

  /**
   * Whether the model is known to have the functions of this moment. Only a session of `createRealtimeModel` can tell; with
   * any other model there is nothing to confirm: one that is no realtime model reads the list at each turn.
   */
  get confirmed(): boolean {
    return this.#change === undefined && (this.#kept?.confirmed ?? true)
  }

  /** Resolves when the model has the functions of this moment; rejects when its session ends before. */
  async whenConfirmed(): Promise<void> {
    while (!this.confirmed) {
      if (this.#change !== undefined) await this.#change.told.await
      else await this.#kept?.whenConfirmed()
    }
  }

  /** It runs again when the agent takes over a second time, and the model is dialled only after it: nothing is awaited. */
  override async setup({ updateTools }: llm.ToolsetContext): Promise<void> {
    this.#stopFollowing?.()
    this.#stopFollowing = this.#follow(updateTools)
    const before = this.#pushed
    this.#refresh()
    if (this.#pushed !== before) updateTools(this.#pushed)
  }

  /** The list follows the conversation no more; its calls go on. */
  override async aclose(): Promise<void> {
    this.#stopFollowing?.()
    this.#stopFollowing = undefined
    this.#kept = undefined
  }

  /** The session that told a model of this toolset says so. */
  keptBy(list: KeptList): void {
    this.#kept = list
  }

  /** The model refused a tool of this toolset, and has the others. */
  refusedByModel(tool: llm.FunctionTool, reason: string): void {
    const info = this.#conversation.functions.find(({ name }) => name === tool.name)
    this.#report(tool.name, info?.servers ?? [], `it was refused: ${reason}`)
  }

  #follow(push: (tools: readonly llm.FunctionTool[]) => void): () => void {
    let timer: NodeJS.Timeout | undefined
    const unsubscribe = this.#conversation.subscribe((event) => {
      if (event.type !== 'functions.changed') return
      if (this.#change === undefined || this.#change.isTold)
        this.#change = { isTold: false, told: new Future() }
      clearTimeout(timer)
      timer = setTimeout(() => {
        const before = this.#pushed
        this.#refresh()
        if (this.#pushed !== before) push(this.#pushed)
        void this.#changeTold()
      }, this.#debounceMs)
    })
    return () => {
      clearTimeout(timer)
      unsubscribe()
      void this.#changeTold()
    }
  }

  /** The framework hands a push on in promises that it keeps to itself; they are through in the next turn. */
  async #changeTold(): Promise<void> {
    const change = this.#change
    if (change === undefined) return
    change.isTold = true
    await nextTurn()
    if (this.#change === change) this.#change = undefined
    change.told.resolve()
  }

  #refresh(): void {
    this.#functions.refresh()
    this.#pushed = this.#functions.list
    for (const { name, servers, reason } of this.#functions.leftOut) this.#report(name, servers, reason)
  }

  #report(name: string, servers: readonly string[], reason: string): void {
    const of = servers.length === 0 ? '' : ` of ${servers.join(', ')}`
    const message = `the function ${name}${of} is not offered to the model: ${reason}`
    if (this.#reported.has(message)) return
    this.#reported.add(message)
    this.#onProblem(message)
  }
}
