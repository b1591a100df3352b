import { callError } from '../../src/contract/errors.ts'
import type {
  CallOptions,
  Conversation,
  FunctionInfo,
  JsonObject,
  Outcome,
  SwitchboardEvent,
} from '../../src/contract/protocol.ts'
import type { ChosenPrompt, ReadOutcome, ServerInstructions } from '../../src/contract/reads.ts'

type Handler = (args: JsonObject, options: CallOptions) => Promise<Outcome> | Outcome

/** A conversation whose functions are plain code: what stands in for a switchboard here. */
export class TestConversation implements Conversation {
  readonly id = 'test'
  readonly calls: { name: string; args: JsonObject }[] = []
  interruptions = 0
  readonly spoken: string[] = []
  ended = false
  onInterrupt: () => void = () => {}
  #functions: FunctionInfo[]
  readonly #handlers: Record<string, Handler>
  readonly #listeners = new Set<(event: SwitchboardEvent) => void>()

  constructor(functions: FunctionInfo[], handlers: Record<string, Handler> = {}) {
    this.#functions = functions
    this.#handlers = handlers
  }

  get functions(): FunctionInfo[] {
    return this.#functions
  }

  get listenerCount(): number {
    return this.#listeners.size
  }

  instructions: ServerInstructions[] = []
  prompts: ChosenPrompt[] = []

  async read(server: string): Promise<ReadOutcome> {
    const error = callError('server_failed', 'none', `No server is named ${server}.`)
    return { ok: false, server, error, durationMs: 0 }
  }

  async call(name: string, args: JsonObject, options: CallOptions = {}): Promise<Outcome> {
    this.calls.push({ name, args })
    const handler = this.#handlers[name]
    if (handler === undefined) throw new Error(`no handler for ${name}`)
    return handler(args, options)
  }

  interrupt(): void {
    this.interruptions += 1
    this.onInterrupt()
  }

  speaking(who: 'caller' | 'agent', isSpeaking: boolean): void {
    this.spoken.push(`${who} ${isSpeaking ? 'speaks' : 'is silent'}`)
  }

  heard(questionId: string): void {
    this.spoken.push(`heard ${questionId}`)
  }

  async end(): Promise<void> {
    this.ended = true
  }

  subscribe(listener: (event: SwitchboardEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  setFunctions(functions: FunctionInfo[]): void {
    this.#functions = functions
    this.publish({ type: 'functions.changed', at: Date.now(), functions })
  }

  publish(event: SwitchboardEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}

export function functionInfo(
  name: string,
  properties: JsonObject = {},
  description = `The function ${name}`,
): FunctionInfo {
  return {
    name,
    description,
    inputSchema: {
      type: 'object',
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    },
    servers: ['test'],
    callable: true,
  }
}

export function answered(text: string): Outcome {
  return {
    ok: true,
    callId: 'call-1',
    server: 'test',
    content: [{ type: 'text', text }],
    text,
    attempts: [{ server: 'test', generation: 1, code: 'ok' }],
    durationMs: 1,
  }
}
