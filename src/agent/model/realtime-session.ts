import { setTimeout as delay } from 'node:timers/promises'
import { Future, llm, log } from '@livekit/agents'
import { realtime } from '@livekit/agents-plugin-openai'
import type { WebSocket } from 'ws'
import { ChatUpdates } from './chat-updates.ts'
import { type ConfirmedToolset, isConfirmedToolset } from './kept-list.ts'
import { lastingMessages } from './lasting-streams.ts'
import { Outbox } from './outbox.ts'
import { type ClientEvent, readServerEvent } from './realtime-events.ts'
import {
  closeSocket,
  openSocket,
  RealtimeLostError,
  type RealtimeTarget,
  RealtimeUnreachableError,
} from './realtime-socket.ts'
import { ToolList } from './tool-list.ts'

const dialTimeoutMs = 10_000
/** A connection that is gone sooner than this is counted as a failure to connect. */
const stableAfterMs = 5_000
const maxDials = 6
const firstPauseMs = 250
const hangUpTimeoutMs = 1_000

/** The plugin sends from its constructor, when the fields of this class do not exist yet. */
const outboxes = new WeakMap<RealtimeSession, Outbox>()

function outboxOf(session: RealtimeSession): Outbox {
  const outbox =
    outboxes.get(session) ?? new Outbox((event) => session.emit('openai_client_event_queued', event))
  outboxes.set(session, outbox)
  return outbox
}

/**
 * OpenAI's Realtime session, with the plugin's own defects mended: a failed connection ended the process, a lost one lost
 * what was queued, an idle one stayed open for ever, nobody knew whether the model had taken its tools, an update of what it
 * knows deleted what came meanwhile, and sound that came after an interruption ended the process.
 */
export class RealtimeSession extends realtime.RealtimeSession {
  readonly #target: RealtimeTarget
  readonly #closing = new AbortController()
  readonly #firstConnection = new Future<void>()
  readonly #outbox = outboxOf(this)
  readonly #toolList: ToolList
  readonly #chatUpdates = new ChatUpdates()
  /** Lists that were read from here, with those that they came from. */
  readonly #handedOut = new WeakMap<llm.ToolContext, llm.ToolContext>()
  #source: llm.ToolContext = llm.ToolContext.empty()
  #toolsets: readonly ConfirmedToolset[] = []
  #socket: WebSocket | undefined
  #openedAt: number | undefined
  #failures = 0

  constructor(model: realtime.RealtimeModel, target: RealtimeTarget, confirmToolsWithinMs?: number) {
    super(model)
    this.#target = target
    this.#firstConnection.await.catch(() => {})
    this.#toolList = new ToolList({
      push: (tools) => void super.updateTools(new llm.ToolContext(tools)),
      onRefused: (tool, reason) => {
        const owners = this.#toolsets.filter((toolset) => toolset.tools.includes(tool))
        for (const toolset of owners) toolset.refusedByModel(tool, reason)
        if (owners.length > 0) return
        this.#report(
          new Error(`the tool ${tool.name} is not offered to the model: it was refused: ${reason}`),
        )
      },
      onProblem: (message) => this.#report(new Error(message)),
      confirmWithinMs: confirmToolsWithinMs,
    })
    // Before anybody else hears of it.
    this.on('generation_created', (generation: llm.GenerationCreatedEvent) => {
      generation.messageStream = lastingMessages(generation.messageStream)
    })
    this.on('openai_client_event_queued', (event: ClientEvent) => {
      this.#outbox.sent(event)
      this.#toolList.sent(event)
    })
    this.on('openai_server_event_received', (event: unknown) => {
      const read = readServerEvent(event)
      if (read === undefined) return
      this.#outbox.heard(read)
      this.#toolList.heard(read)
    })
    this.on('session_reconnected', () => {
      if (this.#socket !== undefined) this.#outbox.open(this.#socket)
      this.#toolList.resumed()
    })
  }

  /** Settles with the first connection; rejects with a `RealtimeUnreachableError`. */
  get connected(): Promise<void> {
    return this.#firstConnection.await
  }

  /** Whether the model has the tools of this moment, but for those that it refuses. */
  get toolsConfirmed(): boolean {
    return this.#toolList.confirmed
  }

  /** Resolves when the model has the tools of this moment; rejects when the session ends before. */
  whenToolsConfirmed(): Promise<void> {
    return this.#toolList.whenConfirmed()
  }

  /** What the model may call: what it has confirmed, and what it is being told of. */
  override get tools(): llm.ToolContext {
    const tools = new llm.ToolContext(this.#toolList.tools)
    this.#handedOut.set(tools, this.#source)
    return tools
  }

  /** Resolves at once; the list is sent until the model confirms it. */
  override async updateTools(tools: llm.ToolContext): Promise<void> {
    // For a single turn the framework hands over fewer tools, and then what `tools` was before: it may have changed meanwhile.
    const source = this.#handedOut.get(tools)
    this.#source = source === undefined ? tools : new llm.ToolContext(source.tools)
    const toolsets = this.#source.toolsets.filter(isConfirmedToolset)
    for (const toolset of toolsets) toolset.keptBy(this.#toolList)
    if (toolsets.length > 0) this.#toolsets = toolsets
    this.#toolList.want(this.#source.flatten().filter(llm.isFunctionTool))
  }

  /** What the model gains between this and the moment the update can be made stays; what was known and is left out goes. */
  override updateChatCtx(chatCtx: llm.ChatContext): Promise<void> {
    const known = (): llm.ChatContext => this.chatCtx
    return this.#chatUpdates.run(chatCtx, known, async (merged) => {
      if (this.#closing.signal.aborted) throw sessionEnded()
      await super.updateChatCtx(merged)
    })
  }

  /** In order, and kept while the connection is away. */
  override sendEvent(event: ClientEvent): void {
    outboxOf(this).put(event)
  }

  /** Ends the connection; nothing is dialled again. */
  override async close(): Promise<void> {
    this.#closing.abort()
    this.#outbox.close()
    this.#toolList.close(sessionEnded())
    await super.close()
    if (this.#socket !== undefined) await closeSocket(this.#socket, hangUpTimeoutMs)
  }

  /** The plugin calls this in place of its own, at first from its constructor and then after each loss. */
  async dial(): Promise<WebSocket> {
    // The fields of this class exist only when the constructor is through.
    await Promise.resolve()
    const isFirst = this.#openedAt === undefined
    if (!isFirst) this.#leave()
    let socket: WebSocket
    try {
      socket = await this.#connect(isFirst)
    } catch (error) {
      this.#giveUp(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
    this.#socket = socket
    this.#openedAt = performance.now()
    socket.once('close', (code) => this.#onClose(socket, code))
    if (isFirst) {
      this.#outbox.open(socket)
      this.#firstConnection.resolve()
    }
    return socket
  }

  #onClose(socket: WebSocket, code: number): void {
    if (socket !== this.#socket || this.#closing.signal.aborted) return
    this.#leave()
    this.#report(new RealtimeLostError(this.#target, code))
  }

  /** Ends with the present connection, which the plugin may have closed itself after its longest time. */
  #leave(): void {
    this.#outbox.lost()
    this.#toolList.lost()
    const socket = this.#socket
    this.#socket = undefined
    if (socket !== undefined) void closeSocket(socket, hangUpTimeoutMs)
  }

  async #connect(isFirst: boolean): Promise<WebSocket> {
    const { signal } = this.#closing
    if (this.#openedAt !== undefined) {
      // The plugin still waits for an event on behalf of the lost connection, and would drop the next one.
      super.sendEvent({ type: 'session.update', session: { type: 'realtime' } })
      const stable = performance.now() - this.#openedAt >= stableAfterMs
      this.#failures = stable ? 0 : this.#failures + 1
    }
    let lastError: unknown = new RealtimeUnreachableError(this.#target, 'it keeps ending the connection')
    while (this.#failures < maxDials) {
      if (this.#failures > 0) await delay(firstPauseMs * 2 ** (this.#failures - 1), undefined, { signal })
      try {
        return await openSocket(this.#target, dialTimeoutMs, signal)
      } catch (error) {
        if (isFirst || signal.aborted) throw error
        lastError = error
        this.#failures += 1
      }
    }
    throw lastError
  }

  #giveUp(error: Error): void {
    if (!this.#firstConnection.done) this.#firstConnection.reject(error)
    this.#outbox.close()
    this.#toolList.close(error)
    if (!this.#closing.signal.aborted) this.#report(error, false)
  }

  /** An error event without a listener would be thrown, here or further up. */
  #report(error: Error, recoverable = true): void {
    log().warn({ error }, error.message)
    if (this.listenerCount('error') === 0) return
    try {
      this.emit('error', {
        type: 'realtime_model_error',
        timestamp: Date.now(),
        label: 'openai.RealtimeModel',
        error,
        recoverable,
      })
    } catch (unheard) {
      log().error({ error: unheard }, 'nobody listens to the errors of this session')
    }
  }
}

function sessionEnded(): Error {
  return new Error('the session with the model has ended')
}

// The plugin declares its method private, so that a subclass can replace it only here.
Object.defineProperty(RealtimeSession.prototype, 'createWsConn', { value: RealtimeSession.prototype.dial })
