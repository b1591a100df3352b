/** The only file that imports an MCP SDK's code. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { FetchLike, Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  ErrorCode,
  type JSONRPCMessage,
  type JSONRPCRequest,
  McpError,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import type { ServerDefinition } from '../../config/definition.ts'
import type { AskedQuestion, CallEnd, QuestionReply } from '../../connection.ts'
import { callError } from '../../errors.ts'
import type { JsonObject, Peer, Progress, RejectedTool, Tool } from '../../protocol.ts'
import { cap, clean } from '../../text.ts'
import type { Disturbance } from '../disturbances.ts'
import { readQuestion } from './asked.ts'
import { isUnwritable, systemCodeOf, wordsOf } from './error-words.ts'
import { currentExchange, Exchange, leaveExchange, runExchange } from './exchange.ts'
import { connectProblemOf, endOf, type Failure, type Problem, problemOf } from './failure.ts'
import { endOfResult, resultSchema } from './result.ts'
import { StdioTransport } from './stdio-transport.ts'
import { parseTools } from './tools.ts'
import { createWatchedFetch } from './watched-fetch.ts'

/** Our own timers rule; this is the longest that a Node timer takes. */
const noTimeoutMs = 2_147_483_647
const maxPages = 100
const maxErrorTextCharacters = 1_000
/** Of each word that a server says of itself. */
const maxNameCharacters = 100
const maxCapabilities = 20
/** Requests that were given up and whose late answer is still recognised. */
const maxGivenUp = 1_000

const pageSchema = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() })
/** Not sampling: nobody has asked us to lend a model to servers. */
const capabilities = { elicitation: { form: {}, url: {} } }
const cancelMethod = 'notifications/cancelled'
const cancellation = z.object({
  params: z.object({ requestId: z.union([z.string(), z.number()]) }),
})

export interface ClientListener {
  onBytes(): void
  onToolsChanged(): void
  /** `its process ended (exit code 1)`, `its process ended (signal SIGKILL)`, `it closed its output`. */
  onProcessEnd(reason: string): void
  onSuspect(reason: string): void
  /** Output that is no message. */
  onGarbled(reason: string): void
  onEventStreamLost(reason: string): void
  /** An answer to a call that had been given up. */
  onLateAnswer(): void
  /** `callId`: of the call on whose answer stream it came. `signal`: the server takes it back. */
  onQuestion(question: AskedQuestion, callId: string | undefined, signal: AbortSignal): Promise<QuestionReply>
}

export interface CallRequest {
  callId: string
  tool: Tool
  arguments: JsonObject
  onSent: () => void
  onProgress: (progress: Progress) => void
  signal: AbortSignal
}

interface Ping {
  ok: boolean
  problem: Problem | undefined
}

/** One connection through `@modelcontextprotocol/sdk`, in our own words. */
export class McpClient {
  readonly #client = new Client({ name: 'mcp-switchboard', version: '0.1.0' }, { capabilities })
  readonly #transport: Transport
  readonly #process: StdioTransport | undefined
  readonly #http: StreamableHTTPClientTransport | undefined
  readonly #abortNetwork: () => void
  /** Requests on the wire, and those given up whose answer may still come. */
  readonly #exchanges = new Map<string | number, Exchange>()
  /** The last request of the handshake or a listing: what failed in it tells why. */
  #asked: Exchange | undefined
  #protocolVersion = ''

  constructor(
    private readonly definition: ServerDefinition,
    private readonly graceMs: number,
    private readonly listener: ClientListener,
    disturbance: Disturbance,
    /** By which an HTTP server is asked. Default: the global one. */
    reach?: FetchLike,
  ) {
    const target = definition.target.open()
    if (target.kind === 'stdio') {
      const transport = new StdioTransport(target, graceMs, disturbance)
      transport.onbytes = listener.onBytes
      transport.onexit = listener.onProcessEnd
      transport.onnoise = () => listener.onGarbled('it writes what is no message')
      this.#transport = this.#process = transport
      this.#abortNetwork = () => {}
    } else {
      const watched = createWatchedFetch(
        {
          onBytes: listener.onBytes,
          onEventStreamGap: listener.onSuspect,
          onEventStreamLost: listener.onEventStreamLost,
        },
        disturbance,
        reach,
      )
      this.#transport = this.#http = new StreamableHTTPClientTransport(new URL(target.url), {
        fetch: watched.fetch,
        requestInit: { headers: target.headers },
      })
      this.#abortNetwork = watched.abortAll
    }
    this.#watch()
    // Not `setRequestHandler`: there the SDK reads a question before we can say that it is too large.
    this.#client.fallbackRequestHandler = (request, { signal }) => this.#reply(request, signal)
    this.#client.setNotificationHandler(ToolListChangedNotificationSchema, () => listener.onToolsChanged())
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** The end of what its process wrote there, without control sequences; nothing of an HTTP server. */
  get stderr(): string {
    return this.#process?.stderr ?? ''
  }

  /** After `connect`. */
  get peer(): Peer {
    const { name = '', version = '' } = this.#client.getServerVersion() ?? {}
    const capabilities = Object.keys(this.#client.getServerCapabilities() ?? {})
    const word = (text: string) => this.#tell(clean(text).replace(/\s+/g, ' ').trim(), maxNameCharacters)
    return {
      name: word(name),
      version: word(version),
      protocolVersion: word(this.#protocolVersion),
      capabilities: capabilities.slice(0, maxCapabilities).map(word),
    }
  }

  async connect(): Promise<void> {
    const options = { timeout: noTimeoutMs }
    await this.#ask((exchange) => this.#run(exchange, () => this.#client.connect(this.#transport, options)))
  }

  /** All pages of tools, each tool parsed by itself. */
  async listTools(timeoutMs = noTimeoutMs): Promise<{ tools: Tool[]; rejected: RejectedTool[] }> {
    if (!this.#client.getServerCapabilities()?.tools) return { tools: [], rejected: [] }
    const raw: unknown[] = []
    const seen = new Set<string>()
    let cursor: string | undefined
    for (let page = 0; page < maxPages; page++) {
      const params = cursor === undefined ? {} : { cursor }
      const answer = await this.#ask((exchange) =>
        this.#request(exchange, { method: 'tools/list', params }, pageSchema, { timeout: timeoutMs }),
      )
      // Not spread into arguments: a page may have more than the stack holds.
      for (const tool of answer.tools) raw.push(tool)
      cursor = answer.nextCursor
      if (cursor === undefined || seen.has(cursor)) break
      seen.add(cursor)
    }
    return parseTools(raw, (text, maxCharacters) => this.#tell(text, maxCharacters))
  }

  /** Never rejects. `signal` aborts with the reason of a `cancel` command. */
  async call(request: CallRequest): Promise<{ end: CallEnd; problem: Problem | undefined }> {
    const { callId, tool, signal } = request
    const params = { name: tool.name, arguments: request.arguments, _meta: { 'switchboard/callId': callId } }
    const exchange = new Exchange(request.onSent)
    exchange.callId = callId
    const stayUnsent = () => {
      if (!exchange.sent) exchange.ended = true
    }
    signal.addEventListener('abort', stayUnsent, { once: true })
    try {
      const options = { signal, onprogress: request.onProgress, timeout: noTimeoutMs }
      const result = await this.#request(exchange, { method: 'tools/call', params }, resultSchema, options)
      return { end: endOfResult(this.definition, result), problem: undefined }
    } catch (error) {
      const failure = this.#failure(error, exchange)
      if (isUnwritable(error) && !exchange.sent) {
        const happened = `The arguments of ${tool.name} cannot be written as JSON.`
        const unwritable = callError('invalid_arguments', 'none', happened, { cause: failure.cause })
        return { end: { ok: false, error: unwritable, retryable: false }, problem: undefined }
      }
      return { end: endOf(failure), problem: signal.aborted ? undefined : problemOf(failure) }
    } finally {
      this.#release(exchange, signal.reason === 'silent')
    }
  }

  /** Whether the server answers, with whatever answer. */
  async ping(timeoutMs: number): Promise<Ping> {
    const first = await this.#ping(timeoutMs)
    // A kept socket that broke tells little; a new one tells whether the server is there.
    return first.socketBroke ? this.#ping(timeoutMs) : first
  }

  async #ping(timeoutMs: number): Promise<Ping & { socketBroke: boolean }> {
    const exchange = new Exchange()
    exchange.isPing = true
    try {
      await this.#request(exchange, { method: 'ping' }, z.looseObject({}), { timeout: timeoutMs })
      return { ok: true, problem: undefined, socketBroke: false }
    } catch (error) {
      const failure = this.#failure(error, exchange)
      const problem = exchange.answered ? undefined : problemOf(failure)
      return { ok: exchange.answered, problem, socketBroke: failure.systemCode !== undefined }
    } finally {
      this.#release(exchange, false)
    }
  }

  /** The session is ended at the server, then the socket or the process. */
  async close(): Promise<void> {
    if (this.#http) {
      await Promise.race([
        this.#http.terminateSession().catch(() => {}),
        new Promise((resolve) => setTimeout(resolve, this.graceMs).unref()),
      ])
    }
    await this.#transport.close()
    this.#abortNetwork()
  }

  /** What a failed `connect` or `listTools` means. */
  problem(error: unknown): Problem {
    return connectProblemOf(this.#failure(error, this.#asked))
  }

  async #ask<Result>(work: (exchange: Exchange) => Promise<Result>): Promise<Result> {
    const exchange = new Exchange()
    this.#asked = exchange
    try {
      return await work(exchange)
    } finally {
      this.#release(exchange, false)
    }
  }

  #request<Schema extends z.ZodType>(
    exchange: Exchange,
    request: { method: string; params?: JsonObject },
    schema: Schema,
    options: { signal?: AbortSignal; onprogress?: (progress: Progress) => void; timeout: number },
  ) {
    const onresumptiontoken = () => {
      exchange.resumable = true
    }
    return this.#run(exchange, () => this.#client.request(request, schema, { ...options, onresumptiontoken }))
  }

  /** Ends with `work`, or when its answer can no longer come. */
  #run<Result>(exchange: Exchange, work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      exchange.onStreamLost = (reason) => reject(new Error(reason))
      runExchange(exchange, work).then(resolve, reject)
    })
  }

  /** One that was given up for silence stays open: a late answer tells that the server was only busy. */
  #release(exchange: Exchange, awaitLateAnswer: boolean): void {
    exchange.ended = true
    if (!awaitLateAnswer || exchange.answered) {
      exchange.network.abort()
      this.#forget(exchange)
    }
    if (this.#exchanges.size > maxGivenUp) {
      for (const [id, { ended }] of this.#exchanges) if (ended) this.#exchanges.delete(id)
    }
  }

  /** The SDK keeps the handlers and the timer of a request that could not be sent, or whose stream ended, for ever. */
  #forget({ requestId: id, answered }: Exchange): void {
    if (id === undefined) return
    this.#exchanges.delete(id)
    const error = { code: -32000, message: 'given up' }
    if (!answered) this.#transport.onmessage?.({ jsonrpc: '2.0', id, error })
  }

  /** The server waits for it, and the SDK tells nobody. */
  readonly #missReply = (error: unknown): never => {
    this.listener.onSuspect(`a reply did not reach it: ${this.#tell(wordsOf(error), maxErrorTextCharacters)}`)
    throw error
  }

  /** What the server wants of us. */
  async #reply({ method, params }: JSONRPCRequest, signal: AbortSignal): Promise<QuestionReply> {
    // Its code is what the SDK answers; `McpError` would put words of its own before the message.
    if (method !== 'elicitation/create') {
      throw Object.assign(new Error('Method not found'), { code: ErrorCode.MethodNotFound })
    }
    const question = readQuestion(params, (text, maxCharacters) => this.#tell(text, maxCharacters))
    // All of stdio comes in the context in which the process was started.
    const callId = this.#http ? currentExchange()?.callId : undefined
    return this.listener.onQuestion(question, callId, signal)
  }

  #cancelsPing(message: JSONRPCMessage): boolean {
    if (!('method' in message) || message.method !== cancelMethod) return false
    const cancelled = cancellation.safeParse(message)
    return cancelled.success && this.#exchanges.get(cancelled.data.params.requestId)?.isPing === true
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
      if (this.#cancelsPing(message)) return Promise.resolve()
      if (!('method' in message)) return leaveExchange(() => send(message, options)).catch(this.#missReply)
      const exchange = currentExchange()
      const isItsRequest = 'method' in message && 'id' in message && exchange?.requestId === undefined
      if (!exchange || !isItsRequest) return leaveExchange(() => send(message, options))
      exchange.requestId = message.id
      this.#exchanges.set(message.id, exchange)
      return send(message, options)
    }
    transport.onmessage = (message) => {
      if ('method' in message || !('id' in message) || message.id === undefined) return
      const exchange = this.#exchanges.get(message.id)
      if (!exchange) return
      exchange.answered = true
      if (!exchange.ended) return
      this.#exchanges.delete(message.id)
      exchange.network.abort()
      this.listener.onLateAnswer()
    }
  }

  /** A stranger's words. Masked before they are cut: half a secret would not be recognised. */
  #tell(text: string, maxCharacters: number): string {
    return cap(this.definition.target.mask(clean(text)), maxCharacters)
  }

  #failure(error: unknown, exchange: Exchange | undefined): Failure {
    const status = exchange?.status
    const isOk = status !== undefined && status >= 200 && status <= 299
    return {
      server: this.definition.name,
      sent: exchange?.sent ?? false,
      cause: this.#tell(wordsOf(error), maxErrorTextCharacters),
      status: isOk ? undefined : (status ?? statusOf(error)),
      hadSession: exchange?.hadSession,
      retryAfterMs: exchange?.retryAfterMs,
      signInUrl: exchange?.signInUrl,
      refusal: exchange?.refusal,
      rpcCode:
        error instanceof McpError && (exchange === undefined || exchange.answered) ? error.code : undefined,
      // Once any status came, the connection stood.
      systemCode: status === undefined ? systemCodeOf(error) : undefined,
      unreadable: isUnreadable(error) && (isOk || exchange?.answered === true),
    }
  }
}

function isUnreadable(error: unknown): boolean {
  return (
    error instanceof SyntaxError || error instanceof StreamableHTTPError || error instanceof z.core.$ZodError
  )
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof StreamableHTTPError)) return undefined
  return error.code !== undefined && error.code > 0 ? error.code : undefined
}
