import { setTimeout as delay } from 'node:timers/promises'
import { Future } from '@livekit/agents'
import { realtime } from '@livekit/agents-plugin-openai'
import type { WebSocket } from 'ws'
import { ensureLogger } from './logger.ts'
import { closeSocket, openSocket, type RealtimeTarget, RealtimeUnreachableError } from './realtime-socket.ts'

export interface RealtimeOptions {
  provider: 'openai' | 'rehearsal'
  /** `openai`: default `OPENAI_BASE_URL`, else OpenAI's own. `rehearsal`: required, and on this machine. */
  baseURL?: string
  /** `openai`: default `OPENAI_API_KEY`. A rehearsal never gets one. */
  apiKey?: string
  model?: string
  voice?: string
}

const dialTimeoutMs = 10_000
/** A connection that is gone sooner than this is counted as a failure to connect. */
const stableAfterMs = 5_000
const maxDials = 6
const firstPauseMs = 250
/** The plugin loses the first event after a reconnection: a harmless one is offered, and not before it listens again. */
const afterReconnectMs = 50
const hangUpTimeoutMs = 1_000

/** The model for either provider. Nothing is dialled before a session starts with it. */
export function createRealtimeModel(options: RealtimeOptions): RealtimeModel {
  ensureLogger()
  const voiceOption = options.voice === undefined ? {} : { voice: options.voice }
  if (options.provider === 'rehearsal') {
    const model = options.model ?? 'rehearsal'
    return new RealtimeModel({
      baseURL: loopback(options.baseURL),
      apiKey: 'rehearsal',
      model,
      ...voiceOption,
    })
  }
  const apiKey = options.apiKey ?? process.env.OPENAI_API_KEY
  if (apiKey === undefined || apiKey === '') {
    throw new Error('OpenAI needs a key: set OPENAI_API_KEY, or use the rehearsal, which needs none')
  }
  return new RealtimeModel({
    apiKey,
    ...(options.baseURL === undefined ? {} : { baseURL: options.baseURL }),
    ...(options.model === undefined ? {} : { model: options.model }),
    ...voiceOption,
  })
}

/** A rehearsal must cost nothing and tell nobody: without this, a missing address would mean OpenAI. */
function loopback(baseURL: string | undefined): string {
  if (baseURL === undefined) throw new Error('a rehearsal needs the baseURL of startRehearsal()')
  const { hostname } = new URL(baseURL)
  if (hostname !== 'localhost' && hostname !== '[::1]' && !/^127(\.\d+){3}$/.test(hostname)) {
    throw new Error(`a rehearsal stays on this machine: ${hostname} is not a loopback address`)
  }
  return baseURL
}

/** OpenAI's Realtime model, with the plugin's own defects in connecting and hanging up mended. */
export class RealtimeModel extends realtime.RealtimeModel {
  override session(): RealtimeSession {
    const { baseURL, model, apiKey } = this._options
    return new RealtimeSession(this, {
      url: realtime.processBaseURL({ baseURL, model, isAzure: false }),
      headers: { 'User-Agent': 'LiveKit-Agents-JS', Authorization: `Bearer ${apiKey}` },
    })
  }
}

/**
 * A session that dials by itself. The plugin's way of dialling has no error listener, so that a refused connection or a
 * wrong key ends the process; and it forgets its socket, so that an idle one stays open for ever.
 */
export class RealtimeSession extends realtime.RealtimeSession {
  readonly #target: RealtimeTarget
  readonly #closing = new AbortController()
  readonly #firstConnection = new Future<void>()
  #socket: WebSocket | undefined
  #openedAt: number | undefined
  #failures = 0

  constructor(model: RealtimeModel, target: RealtimeTarget) {
    super(model)
    this.#target = target
    this.#firstConnection.await.catch(() => {})
    this.on('session_reconnected', () => this.#wakeSender())
  }

  /** Settles with the first connection; rejects with a `RealtimeUnreachableError`. */
  get connected(): Promise<void> {
    return this.#firstConnection.await
  }

  override async close(): Promise<void> {
    this.#closing.abort()
    await super.close()
    if (this.#socket !== undefined) await closeSocket(this.#socket, hangUpTimeoutMs)
  }

  /** The plugin calls this in place of its own, at first from its constructor and then after each loss. */
  async dial(): Promise<WebSocket> {
    // The fields of this class exist only when the constructor is through.
    await Promise.resolve()
    try {
      this.#socket = await this.#connect()
    } catch (error) {
      this.#giveUp(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
    this.#openedAt = performance.now()
    if (!this.#firstConnection.done) this.#firstConnection.resolve()
    return this.#socket
  }

  async #connect(): Promise<WebSocket> {
    const { signal } = this.#closing
    const isFirst = this.#openedAt === undefined
    if (this.#openedAt !== undefined) {
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
    if (this.#closing.signal.aborted || this.listenerCount('error') === 0) return
    this.emit('error', {
      type: 'realtime_model_error',
      timestamp: Date.now(),
      label: 'openai.RealtimeModel',
      error,
      recoverable: false,
    })
  }

  #wakeSender(): void {
    const { signal } = this.#closing
    delay(afterReconnectMs, undefined, { signal }).then(
      () => this.sendEvent({ type: 'session.update', session: { type: 'realtime' } }),
      () => {},
    )
  }
}

// The plugin declares its method private, so that a subclass can replace it only here.
Object.defineProperty(RealtimeSession.prototype, 'createWsConn', { value: RealtimeSession.prototype.dial })
