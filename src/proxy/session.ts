import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { callError } from '../contract/errors.ts'
import type {
  CallError,
  CallOptions,
  Conversation,
  JsonObject,
  LogMessage,
  Outcome,
} from '../contract/protocol.ts'
import { answeredHere, failedHere } from '../machines/conversation-context.ts'
import { toolStatus } from '../machines/tool-status.ts'
import { telemetryOf } from '../switchboard/inspection.ts'
import type { Switchboard } from '../switchboard.ts'
import type { Scope } from './client.ts'
import { Reads } from './reads.ts'
import { type OfferedTool, View } from './view.ts'

/** A client that asks once, right after the start, is to see what there is. */
const settleMs = 5_000

export interface CallHost extends Pick<CallOptions, 'onProgress' | 'onQuestion'> {
  signal: AbortSignal
  /** Of the client's request. */
  meta: unknown
  /** Its own caller has said yes by now where that was needed. */
  asksItself: boolean
  /** Asks the client's user for a yes, until `signal` fires; absent where it cannot be asked. */
  confirm?: (question: string, signal: AbortSignal) => Promise<boolean>
}

/** What one client has of a switchboard while it is connected: a conversation of its own. Knows no SDK. */
export class ProxySession {
  readonly #view: View
  readonly #reads: Reads
  readonly #conversation: Conversation
  readonly #unsubscribe: () => void
  readonly #over = new AbortController()
  /** As the client was told last. */
  #listed: OfferedTool[] | undefined
  onToolsChanged: () => void = () => {}
  onLog: (server: string, message: LogMessage) => void = () => {}

  constructor(
    private readonly switchboard: Switchboard,
    readonly scope: Scope,
  ) {
    this.#view = new View(switchboard, scope)
    this.#reads = new Reads(switchboard, this.#view)
    this.#conversation = switchboard.conversation()
    this.#unsubscribe = switchboard.subscribe((event) => {
      if (event.type === 'functions.changed' || event.type === 'tool.changed') this.tellChanges()
      if (event.type === 'server.logged' && this.#view.hears(event.server)) this.onLog(event.server, event)
    })
  }

  async list(): Promise<OfferedTool[]> {
    await this.switchboard.settled({ timeoutMs: settleMs })
    this.#listed = this.#view.tools
    return this.#listed
  }

  get instructions(): string[] {
    return this.#view.instructions
  }

  /** What there is beside tools: a result of MCP. @throws ReadFailure */
  async read(method: string, params: unknown, signal: AbortSignal): Promise<JsonObject> {
    await this.switchboard.settled({ timeoutMs: settleMs })
    return this.#reads.answer(method, params, AbortSignal.any([signal, this.#over.signal]))
  }

  /** If the client's list is not up to date. */
  tellChanges(): void {
    if (this.#listed && !isDeepStrictEqual(this.#listed, this.#view.tools)) this.onToolsChanged()
  }

  /** Never rejects. */
  async call(name: string, args: JsonObject, host: CallHost): Promise<Outcome> {
    const telemetry = telemetryOf(this.switchboard)
    const work = async () => {
      const outcome = await this.#call(name, args, host)
      return this.#over.signal.aborted ? cutShort(outcome) : outcome
    }
    return telemetry ? telemetry.served({ meta: host.meta, function: name }, work) : work()
  }

  /** Cancels what runs. When it resolves, every call has its outcome. */
  async end(): Promise<void> {
    this.#over.abort()
    this.#unsubscribe()
    await this.#conversation.end()
  }

  async #call(name: string, args: JsonObject, host: CallHost): Promise<Outcome> {
    if (!this.#view.allows(name)) return failedHere(randomUUID(), this.#view.unknown(name))
    if (name === toolStatus.name && !this.#view.isWhole) return answeredHere(randomUUID(), this.#view.status)
    const { asksItself, confirm, meta: _, ...options } = host
    const outcome = await this.#conversation.call(name, args, { ...options, confirmed: asksItself })
    if (outcome.ok || outcome.error.code !== 'confirmation_required' || asksItself) return outcome
    if (!confirm) return { ...outcome, error: unaskable(name) }
    if (await confirm(outcome.error.message, this.#over.signal)) {
      return this.#conversation.call(name, args, { ...options, confirmed: true })
    }
    return { ...outcome, error: callError('declined', 'none', `${name} was not confirmed.`) }
  }
}

/** Nobody reads a question where nobody can be asked. */
function unaskable(name: string): CallError {
  const happened = `${name} needs the yes of a user first, and this client cannot be asked for it: it does not declare elicitation with forms. Whoever runs the proxy can set "confirm": false for this tool in its configuration, or use a client that declares it.`
  return callError('confirmation_required', 'none', happened)
}

/** It was not its client that cancelled it, or said no. */
function cutShort(outcome: Outcome): Outcome {
  if (outcome.ok || !['cancelled', 'declined'].includes(outcome.error.code)) return outcome
  return {
    ...outcome,
    error: callError('connection_lost', outcome.error.effect, 'The proxy ended during the call.'),
  }
}
