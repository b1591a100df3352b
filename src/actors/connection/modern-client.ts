/** The only file that runs code of `@modelcontextprotocol/client`: for servers of MCP 2026-07-28. */
import { setTimeout as pause } from 'node:timers/promises'
import {
  Client,
  type JSONRPCMessage,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client'
import { z } from 'zod'
import type { ServerDefinition } from '../../config/definition.ts'
import type { AskedQuestion, CallEnd } from '../../contract/connection.ts'
import { callError } from '../../contract/errors.ts'
import type { JsonObject, Peer, RejectedTool, Tool } from '../../contract/protocol.ts'
import type { ReadRequest } from '../../contract/reads.ts'
import { ChangeStream } from './change-stream.ts'
import {
  anyResult,
  askForProgress,
  type CallAnswer,
  type CallRequest,
  type ClientListener,
  clientInfo,
  type Dialect,
  type McpClient,
  modernVersion,
  noTimeoutMs,
  type Ping,
  type ReadAnswer,
  type Reading,
  type ToolListing,
  untoldTtlMs,
} from './client.ts'
import { afterModern, isReplaced, mayBeReplaced } from './dialects.ts'
import { Exchange, leaveExchange } from './exchange.ts'
import { Exchanges } from './exchanges.ts'
import { begun, failedCall, failureOf } from './failed-request.ts'
import { connectProblemOf, type Failure, type Problem } from './failure.ts'
import { type InputRequests, inputResponses, readInputRequired } from './input-required.ts'
import type { Link } from './link.ts'
import { discoverySchema, identitySchema, pageSchema, resultForSdk } from './modern-messages.ts'
import { allPages } from './pages.ts'
import { headersOf, type ParameterHeader, parameterHeaders } from './parameter-headers.ts'
import { peerOf } from './peer.ts'
import { type PingWire, ping } from './ping.ts'
import { readThrough, toldInstructions, type Wire } from './reads.ts'
import { endOfResult, resultSchema } from './result.ts'
import { capabilitiesFor, rootsOf } from './roots.ts'
import { type RpcError, rpcErrorIn, supportedVersionsIn } from './rpc-error.ts'
import { StdioTransport } from './stdio-transport.ts'
import { tellOf } from './tell.ts'
import { parseTools } from './tools.ts'
import { createWatchedFetch } from './watched-fetch.ts'

/** How often a server may ask and be asked again in one call. */
const maxRounds = 10
/** For so long the first listing waits for the stream that tells of changes to it. */
const changeStreamMs = 1_000
/** JSON-RPC: headers and body disagree, version not supported. Of a request that was not looked at any further. */
const unreadCodes = new Set([-32020, -32022])

interface RequestOptions {
  signal?: AbortSignal
  onprogress?: () => void
  headers?: Record<string, string>
  timeout: number
}

export class ModernClient implements McpClient {
  readonly #client: Client
  readonly #transport: Transport
  readonly #abortNetwork: () => void
  readonly #exchanges: Exchanges
  readonly #changes: ChangeStream
  #discovery: z.infer<typeof discoverySchema> | undefined
  /** By the name of the tool. */
  #parameterHeaders = new Map<string, ParameterHeader[]>()

  constructor(
    private readonly definition: ServerDefinition,
    private readonly link: Link,
    private readonly listener: ClientListener,
  ) {
    const capabilities = capabilitiesFor(definition)
    this.#client = new Client(clientInfo, { capabilities, inputRequired: { autoFulfill: false } })
    if (link.kind === 'stdio') {
      this.#transport = new StdioTransport(link.process, z.custom<JSONRPCMessage>())
      this.#abortNetwork = () => {}
    } else {
      const { disturbance, reach } = link
      const watched = createWatchedFetch(
        {
          onBytes: listener.onBytes,
          onEventStreamGap: listener.onSuspect,
          onEventStreamLost: listener.onEventStreamLost,
        },
        { disturbance, reach },
      )
      this.#transport = new StreamableHTTPClientTransport(new URL(link.target.url), {
        fetch: watched.fetch,
        requestInit: { headers: link.target.headers },
      })
      this.#abortNetwork = watched.abortAll
    }
    this.#exchanges = new Exchanges({
      onLateAnswer: () => listener.onLateAnswer(),
      settle: (id) =>
        this.#transport.onmessage?.({ jsonrpc: '2.0', id, error: { code: -32000, message: 'given up' } }),
    })
    this.#changes = new ChangeStream({
      listen: (signal) => this.#listen(signal),
      isRefusal: (error) =>
        error instanceof ProtocolError || (error instanceof SdkHttpError && (error.data.status ?? 0) < 500),
      onReopened: () => listener.onToolsChanged(),
      onGap: (reason) => listener.onSuspect(reason),
      onLost: (reason) => listener.onEventStreamLost(reason),
    })
    this.#watch()
    this.#client.setNotificationHandler('notifications/tools/list_changed', () => listener.onToolsChanged())
    this.#client.setNotificationHandler('notifications/message', ({ params }) => listener.onLog(params))
  }

  get peer(): Peer {
    const { capabilities, _meta } = this.#discovery ?? {}
    const identity = identitySchema.safeParse(_meta?.['io.modelcontextprotocol/serverInfo']).data
    return peerOf(this.definition, {
      name: identity?.name,
      version: identity?.version,
      protocolVersion: modernVersion,
      transport: this.link.kind === 'stdio' ? 'stdio' : 'Streamable HTTP',
      capabilities,
    })
  }

  get sessionId(): undefined {
    return undefined
  }

  get instructions(): string | undefined {
    return toldInstructions(this.definition, this.#discovery?.instructions)
  }

  async connect(): Promise<void> {
    // It is sent nothing; what the server answers to `server/discover` decides.
    const discover = {
      supportedVersions: [modernVersion],
      capabilities: {},
      ttlMs: 0,
      cacheScope: 'private' as const,
    }
    await this.#client.connect(this.#transport, { prior: { kind: 'modern', discover } })
    this.#discovery = await this.#discover().catch((error) => {
      if (!supportedVersionsIn(rpcErrorOf(error)).includes(modernVersion)) throw error
      return this.#discover()
    })
    if (!this.#discovery.supportedVersions.includes(modernVersion)) {
      throw new ProtocolError(-32022, `it speaks ${this.#discovery.supportedVersions.join(', ')} only`)
    }
    if (!this.#discovery.capabilities.tools?.listChanged) return
    await Promise.race([this.#changes.open(), pause(changeStreamMs, undefined, { ref: false })])
  }

  #discover() {
    return this.#exchanges.ask(async (exchange) => {
      await this.#exchanges.run(exchange, () => this.#client.discover({ timeout: noTimeoutMs }))
      return discoverySchema.parse(exchange.result)
    })
  }

  otherDialect(error: unknown): Dialect | undefined {
    return afterModern(this.#failure(error, this.#exchanges.asked))
  }

  problem(error: unknown): Problem {
    return connectProblemOf(this.#failure(error, this.#exchanges.asked))
  }

  async listTools(timeout = noTimeoutMs): Promise<ToolListing> {
    const { tools: capability } = this.#discovery?.capabilities ?? {}
    if (!capability) return { tools: [], rejected: [] }
    const isUntold = capability.listChanged && !this.#changes.isOpen
    let ttlMs = 0
    const raw = await allPages(async (cursor) => {
      const params = cursor === undefined ? {} : { cursor }
      const page = await this.#exchanges.ask(async (exchange) =>
        pageSchema.parse(await this.#request(exchange, 'tools/list', params, { timeout })),
      )
      ttlMs = page.ttlMs || (isUntold ? untoldTtlMs : 0)
      return { items: page.tools, nextCursor: page.nextCursor }
    })
    const { tools, rejected } = await parseTools(raw, tellOf(this.definition))
    return { ...(this.link.kind === 'http' ? this.#mirrorable(tools, rejected) : { tools, rejected }), ttlMs }
  }

  async call(request: CallRequest): Promise<CallAnswer> {
    const { callId, tool, signal } = request
    const { logLevel } = this.definition.options
    const headers = headersOf(this.#parameterHeaders.get(tool.name) ?? [], request.arguments)
    let params: JsonObject = {
      name: tool.name,
      arguments: request.arguments,
      _meta: {
        'switchboard/callId': callId,
        ...request.meta,
        // Otherwise a server logs nothing.
        ...(logLevel === undefined ? {} : { 'io.modelcontextprotocol/logLevel': logLevel }),
      },
    }
    for (let round = 0; ; round += 1) {
      const exchange = new Exchange(round === 0 ? request.onSent : () => {})
      exchange.callId = callId
      exchange.onProgress = request.onProgress
      exchange.staysUnsentOn(signal)
      try {
        const options = { signal, onprogress: askForProgress, headers, timeout: noTimeoutMs }
        const result = await this.#request(exchange, 'tools/call', params, options)
        const wanted = readInputRequired(result)
        if (wanted === undefined) {
          return { end: endOfResult(this.definition, resultSchema.parse(result)), problem: undefined }
        }
        if (round >= maxRounds) return { end: this.#refused('asks without end'), problem: undefined }
        const { inputRequests, requestState } = wanted
        const responses = await this.#inputResponses(inputRequests, callId, signal)
        if (responses === undefined) {
          return { end: this.#refused('asks for more than is offered to it'), problem: undefined }
        }
        params = {
          ...params,
          ...(Object.keys(responses).length === 0 ? {} : { inputResponses: responses }),
          ...(requestState === undefined ? {} : { requestState }),
        }
      } catch (error) {
        const failure = this.#failure(error, exchange)
        const { end, problem, rpcCode } = failedCall(tool.name, error, failure, signal)
        const isSuspect = problem !== undefined && problem.verdict === undefined && mayBeReplaced(failure)
        return {
          end: round > 0 ? begun(end) : end,
          problem: isSuspect ? { ...problem, verdict: 'suspect' } : problem,
          rpcCode,
        }
      } finally {
        this.#exchanges.release(exchange, signal.reason === 'silent')
      }
    }
  }

  read(request: ReadRequest, reading: Reading): Promise<ReadAnswer> {
    const wire: Wire = {
      capabilities: Object.keys(this.#discovery?.capabilities ?? {}),
      ask: (exchange, method, params, signal) =>
        this.#request(exchange, method, params, { signal, timeout: noTimeoutMs }),
      failure: (error, exchange) => this.#failure(error, exchange),
      release: (exchange) => this.#exchanges.release(exchange, false),
    }
    return readThrough(wire, this.definition, request, reading)
  }

  /** There is no `ping` any more. */
  ping(timeoutMs: number): Promise<Ping> {
    const wire: PingWire = {
      exchanges: this.#exchanges,
      ask: (exchange, signal) =>
        this.#exchanges.run(exchange, () => this.#client.discover({ signal, timeout: noTimeoutMs })),
      failure: (error, exchange) => this.#failure(error, exchange),
      isReplaced,
    }
    return ping(wire, timeoutMs)
  }

  async close(): Promise<void> {
    this.#changes.close()
    await this.#transport.close()
    this.#abortNetwork()
  }

  /** Whose arguments cannot be mirrored in headers must not be used over HTTP. */
  #mirrorable(listed: readonly Tool[], malformed: readonly RejectedTool[]): ToolListing {
    const rejected = [...malformed]
    this.#parameterHeaders = new Map()
    const tools = listed.filter((tool) => {
      const headers = parameterHeaders(tool.inputSchema)
      if (typeof headers === 'string') rejected.push({ name: tool.name, reason: headers })
      else this.#parameterHeaders.set(tool.name, headers)
      return typeof headers !== 'string'
    })
    return { tools, rejected }
  }

  #inputResponses(requests: InputRequests, callId: string, signal: AbortSignal) {
    const ask = (question: AskedQuestion, over: AbortSignal) =>
      this.listener.onQuestion(question, callId, over)
    return inputResponses(requests, tellOf(this.definition), ask, signal, rootsOf(this.definition))
  }

  #refused(what: string): CallEnd {
    const { name } = this.definition
    const error = callError('protocol_error', 'unknown', `${name} ${what}.`)
    return { ok: false, error, retryable: false }
  }

  async #listen(signal: AbortSignal) {
    const exchange = new Exchange()
    exchange.isEventStream = true
    try {
      const { closed } = await this.#exchanges.run(exchange, () =>
        this.#client.listen({ toolsListChanged: true }, { signal }),
      )
      return { closed: closed.finally(() => this.#exchanges.release(exchange, false)) }
    } catch (error) {
      this.#exchanges.release(exchange, false)
      throw error
    }
  }

  /** The raw result. */
  async #request(
    exchange: Exchange,
    method: 'tools/list' | 'tools/call' | ReadRequest['method'],
    params: JsonObject,
    options: RequestOptions,
  ): Promise<unknown> {
    await this.#exchanges.run(exchange, () =>
      this.#client.request({ method, params }, anyResult, { allowInputRequired: true, ...options }),
    )
    return exchange.result
  }

  /** Sees each request go and each answer come, beneath the SDK. */
  #watch(): void {
    const transport = this.#transport
    const send = transport.send.bind(transport)
    transport.send = (message, options) => {
      if (this.#exchanges.cancelsPing(message)) return Promise.resolve()
      if (!this.#exchanges.departs(message)) return leaveExchange(() => send(message, options))
      return send(message, options)
    }
    transport.onmessage = (message) => {
      const exchange = this.#exchanges.arrives(message)
      if (!exchange || !('result' in message)) return
      exchange.result = message.result
      message.result = resultForSdk(message.result)
    }
  }

  #failure(error: unknown, exchange: Exchange | undefined): Failure {
    const rpcCode = rpcErrorOf(error)?.code
    const failure = failureOf(this.definition, error, exchange, {
      rpcCode,
      status: error instanceof SdkHttpError ? error.data.status : undefined,
      isUnread: rpcCode !== undefined && unreadCodes.has(rpcCode) && (exchange?.status ?? 200) < 500,
      isUnreadable:
        error instanceof SyntaxError ||
        error instanceof z.core.$ZodError ||
        (error instanceof SdkError &&
          (error.code === SdkErrorCode.InvalidResult ||
            error.code === SdkErrorCode.UnsupportedResultType ||
            error.code === SdkErrorCode.ClientHttpUnexpectedContent)),
    })
    // Statuses that go with an error of JSON-RPC (400, 404) say less than its code.
    const isTold = rpcCode !== undefined && (failure.status === 400 || failure.status === 404)
    return isTold ? { ...failure, rpcCode, status: undefined } : failure
  }
}

/** Also where the SDK does not read the HTTP answer as one of JSON-RPC. */
function rpcErrorOf(error: unknown): RpcError | undefined {
  if (error instanceof ProtocolError) return error
  return error instanceof SdkHttpError ? rpcErrorIn(error.data.text) : undefined
}
