/** The only file that runs code of `@modelcontextprotocol/sdk` as a client: for servers up to MCP 2025-11-25. */
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport, SseError } from '@modelcontextprotocol/sdk/client/sse.js'
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  ErrorCode,
  type JSONRPCMessage,
  type JSONRPCRequest,
  LoggingMessageNotificationSchema,
  McpError,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import type { ServerDefinition } from '../../config/definition.ts'
import type { QuestionReply } from '../../contract/connection.ts'
import type { JsonObject, LogLevel, Peer } from '../../contract/protocol.ts'
import type { ReadRequest } from '../../contract/reads.ts'
import { readQuestion } from './asked.ts'
import {
  anyResult,
  askForProgress,
  type CallAnswer,
  type CallRequest,
  type ClientListener,
  clientInfo,
  type Dialect,
  type McpClient,
  noTimeoutMs,
  type Ping,
  type ReadAnswer,
  type Reading,
  type ToolListing,
  untoldTtlMs,
} from './client.ts'
import { afterLegacy, refusesVersion } from './dialects.ts'
import { currentExchange, Exchange, leaveExchange } from './exchange.ts'
import { Exchanges } from './exchanges.ts'
import { causeOf, failedCall, failureOf } from './failed-request.ts'
import { connectProblemOf, type Failure, type Problem } from './failure.ts'
import type { HttpLink, Link } from './link.ts'
import { allPages } from './pages.ts'
import { peerOf } from './peer.ts'
import { type PingWire, ping } from './ping.ts'
import { readThrough, toldInstructions, type Wire } from './reads.ts'
import { endOfResult, resultSchema } from './result.ts'
import { capabilitiesFor, type RootList, rootsOf } from './roots.ts'
import { StdioTransport } from './stdio-transport.ts'
import { tellOf } from './tell.ts'
import { parseTools } from './tools.ts'
import { createWatchedFetch, type WatchedFetch } from './watched-fetch.ts'

const pageSchema = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() })

export class LegacyClient implements McpClient {
  readonly #client: Client
  readonly #transport: Transport
  readonly #streamable: StreamableHTTPClientTransport | undefined
  readonly #network: WatchedFetch | undefined
  readonly #exchanges: Exchanges
  #protocolVersion = ''

  constructor(
    private readonly definition: ServerDefinition,
    private readonly link: Link,
    private readonly listener: ClientListener,
    /** HTTP+SSE, the transport of MCP 2024-11-05, and not Streamable HTTP. */
    private readonly isSse = false,
  ) {
    const capabilities = capabilitiesFor(definition)
    this.#client = new Client(clientInfo, { capabilities })
    if (link.kind === 'stdio') {
      this.#transport = new StdioTransport(link.process, z.custom<JSONRPCMessage>())
    } else {
      const watched = this.#watchedFetch(link)
      const options = { fetch: watched.fetch, requestInit: { headers: link.target.headers } }
      const url = new URL(link.target.url)
      if (isSse) this.#transport = new SSEClientTransport(url, options)
      else this.#transport = this.#streamable = new StreamableHTTPClientTransport(url, options)
      this.#network = watched
    }
    this.#exchanges = new Exchanges({
      onLateAnswer: () => listener.onLateAnswer(),
      settle: (id) =>
        this.#transport.onmessage?.({ jsonrpc: '2.0', id, error: { code: -32000, message: 'given up' } }),
    })
    this.#watch()
    // Not `setRequestHandler`: there the SDK reads a question before we can say that it is too large.
    this.#client.fallbackRequestHandler = (request, { signal }) => this.#reply(request, signal)
    this.#client.setNotificationHandler(ToolListChangedNotificationSchema, () => listener.onToolsChanged())
    this.#client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) =>
      listener.onLog(params),
    )
  }

  get peer(): Peer {
    const { name, version } = this.#client.getServerVersion() ?? {}
    const capabilities = this.#client.getServerCapabilities()
    const { isSse, link } = this
    const overHttp = isSse ? 'HTTP+SSE' : 'Streamable HTTP'
    const transport = link.kind === 'stdio' ? 'stdio' : overHttp
    const protocolVersion = this.#protocolVersion
    return peerOf(this.definition, { name, version, protocolVersion, transport, capabilities })
  }

  get sessionId(): string | undefined {
    return this.#streamable?.sessionId
  }

  get instructions(): string | undefined {
    return toldInstructions(this.definition, this.#client.getInstructions())
  }

  async connect(): Promise<void> {
    const options = { timeout: noTimeoutMs }
    await this.#exchanges.ask((exchange) =>
      this.#exchanges.run(exchange, () => this.#client.connect(this.#transport, options)),
    )
    const { logLevel } = this.definition.options
    if (logLevel !== undefined && this.#client.getServerCapabilities()?.logging) this.#setLogLevel(logLevel)
  }

  otherDialect(error: unknown): Dialect | undefined {
    return afterLegacy(this.#failure(error, this.#exchanges.asked), this.link.kind)
  }

  problem(error: unknown): Problem {
    return connectProblemOf(this.#failure(error, this.#exchanges.asked))
  }

  /** Nothing waits for it: one that refuses logs as it wants. */
  #setLogLevel(level: LogLevel): void {
    const exchange = new Exchange()
    const request = { method: 'logging/setLevel', params: { level } }
    this.#request(exchange, request, z.looseObject({}), { timeout: noTimeoutMs })
      .catch(() => {})
      .finally(() => this.#exchanges.release(exchange, false))
  }

  async listTools(timeout = noTimeoutMs): Promise<ToolListing> {
    const { tools: capability } = this.#client.getServerCapabilities() ?? {}
    if (!capability) return { tools: [], rejected: [] }
    const raw = await allPages(async (cursor) => {
      const params = cursor === undefined ? {} : { cursor }
      const { tools: items, nextCursor } = await this.#exchanges.ask((exchange) =>
        this.#request(exchange, { method: 'tools/list', params }, pageSchema, { timeout }),
      )
      return { items, nextCursor }
    })
    const listed = await parseTools(raw, tellOf(this.definition))
    const isUntold = capability.listChanged && this.#network?.hasEventStream === false
    return isUntold ? { ...listed, ttlMs: untoldTtlMs } : listed
  }

  async call(request: CallRequest): Promise<CallAnswer> {
    const { callId, tool, signal } = request
    const _meta = { 'switchboard/callId': callId, ...request.meta }
    const params = { name: tool.name, arguments: request.arguments, _meta }
    const exchange = new Exchange(request.onSent)
    exchange.callId = callId
    exchange.onProgress = request.onProgress
    exchange.staysUnsentOn(signal)
    try {
      const options = { signal, onprogress: askForProgress, timeout: noTimeoutMs }
      const result = await this.#request(exchange, { method: 'tools/call', params }, resultSchema, options)
      return { end: endOfResult(this.definition, result), problem: undefined }
    } catch (error) {
      return failedCall(tool.name, error, this.#failure(error, exchange), signal)
    } finally {
      this.#exchanges.release(exchange, signal.reason === 'silent')
    }
  }

  read(request: ReadRequest, reading: Reading): Promise<ReadAnswer> {
    const wire: Wire = {
      capabilities: Object.keys(this.#client.getServerCapabilities() ?? {}),
      ask: (exchange, method, params, signal) =>
        this.#request(exchange, { method, params }, anyResult, { signal, timeout: noTimeoutMs }),
      failure: (error, exchange) => this.#failure(error, exchange),
      release: (exchange) => this.#exchanges.release(exchange, false),
    }
    return readThrough(wire, this.definition, request, reading)
  }

  ping(timeoutMs: number): Promise<Ping> {
    const wire: PingWire = {
      exchanges: this.#exchanges,
      ask: (exchange, signal) =>
        this.#request(exchange, { method: 'ping' }, anyResult, { signal, timeout: noTimeoutMs }),
      failure: (error, exchange) => this.#failure(error, exchange),
      // Whoever refuses our version is lost by that (`Failure.unread`).
      isReplaced: () => false,
    }
    return ping(wire, timeoutMs)
  }

  async close(): Promise<void> {
    if (this.#streamable) {
      await Promise.race([
        this.#streamable.terminateSession().catch(() => {}),
        pause(this.link.graceMs, undefined, { ref: false }),
      ])
    }
    await this.#transport.close()
    this.#network?.abortAll()
  }

  #watchedFetch({ disturbance, reach }: HttpLink): WatchedFetch {
    const { listener, isSse } = this
    return createWatchedFetch(
      {
        onBytes: listener.onBytes,
        // All answers come on it.
        onEventStreamGap: (reason) => (isSse ? listener.onLost(reason) : listener.onSuspect(reason)),
        onEventStreamLost: listener.onEventStreamLost,
      },
      { disturbance, reach, isSse },
    )
  }

  #request<Schema extends z.ZodType>(
    exchange: Exchange,
    request: { method: string; params?: JsonObject },
    schema: Schema,
    options: { signal?: AbortSignal; onprogress?: () => void; timeout: number },
  ) {
    const onresumptiontoken = () => {
      exchange.resumable = true
    }
    return this.#exchanges.run(exchange, () =>
      this.#client.request(request, schema, { onresumptiontoken, ...options }),
    )
  }

  /** The server waits for it, and the SDK tells nobody. */
  readonly #missReply = (error: unknown): never => {
    this.listener.onSuspect(`a reply did not reach it: ${causeOf(this.definition, error)}`)
    throw error
  }

  /** What the server wants of us. */
  async #reply({ method, params }: JSONRPCRequest, signal: AbortSignal): Promise<QuestionReply | RootList> {
    const roots = method === 'roots/list' ? rootsOf(this.definition) : undefined
    if (roots) return roots
    // Its code is what the SDK answers; `McpError` would put words of its own before the message.
    if (method !== 'elicitation/create') {
      throw Object.assign(new Error('Method not found'), { code: ErrorCode.MethodNotFound })
    }
    const question = readQuestion(params, tellOf(this.definition))
    // What comes on one pipe or one stream comes in the context in which that was opened.
    const callId = this.#streamable ? currentExchange()?.callId : undefined
    return this.listener.onQuestion(question, callId, signal)
  }

  /** Sees each request go and each answer come, beneath the SDK. */
  #watch(): void {
    const transport = this.#transport
    const send = transport.send.bind(transport)
    const setProtocolVersion = transport.setProtocolVersion?.bind(transport)
    transport.setProtocolVersion = (version) => {
      this.#protocolVersion = version
      setProtocolVersion?.(version)
    }
    transport.send = (message, options) => {
      if (this.#exchanges.cancelsPing(message)) return Promise.resolve()
      if (!('method' in message)) return leaveExchange(() => send(message, options)).catch(this.#missReply)
      if (!this.#exchanges.departs(message)) return leaveExchange(() => send(message, options))
      return send(message, options)
    }
    transport.onmessage = (message) => void this.#exchanges.arrives(message)
  }

  #failure(error: unknown, exchange: Exchange | undefined): Failure {
    const status = exchange?.status ?? statusOf(error)
    return failureOf(this.definition, error, exchange, {
      rpcCode: error instanceof McpError ? error.code : undefined,
      status,
      isUnread: error instanceof StreamableHTTPError && status === 400 && refusesVersion(error.message),
      isUnreadable:
        error instanceof SyntaxError ||
        error instanceof StreamableHTTPError ||
        error instanceof z.core.$ZodError,
    })
  }
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof StreamableHTTPError || error instanceof SseError)) return undefined
  return error.code !== undefined && error.code > 0 ? error.code : undefined
}
