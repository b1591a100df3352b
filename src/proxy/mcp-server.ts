/** The only file of the proxy that imports an MCP SDK. Each client has a server object and a transport of its own. */
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable, Writable } from 'node:stream'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import {
  ErrorCode,
  type JSONRPCRequest,
  McpError,
  type Request as McpRequest,
  type Notification,
  type Result,
  type ServerNotification,
  type ServerRequest,
  ToolSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { messageOf } from '../contract/errors.ts'
import { longestTimerMs } from '../contract/policy.ts'
import type { JsonObject, Question, QuestionAnswer } from '../contract/protocol.ts'
import { packageVersion } from '../contract/version.ts'
import { answerOf, answerSchema, askableOf, confirmationOf, parametersOf } from './questions.ts'
import { resultOf } from './results.ts'
import type { CallHost, ProxySession } from './session.ts'
import type { OfferedTool } from './view.ts'

const confirmWithinMs = 60_000
/** Of our client as of our server. */
const ownName = 'mcp-switchboard'

const instructions =
  'A failed call says its code and its effect: none (nothing was done), unknown, or done. ' +
  'Do not repeat one whose effect is unknown without asking first.'

const callSchema = z.looseObject({
  name: z.string(),
  arguments: z.record(z.string(), z.unknown()).default({}),
})

type McpServer = Server<McpRequest, Notification, Result>
type Extra = RequestHandlerExtra<ServerRequest | McpRequest, ServerNotification | Notification>

function serverFor(session: ProxySession, onAbandoned: (extra: Extra) => void): McpServer {
  const server: McpServer = new Server(
    { name: ownName, version: packageVersion },
    {
      capabilities: {
        tools: { listChanged: true },
        ...{ prompts: {}, resources: {}, completions: {} },
        ...(session.scope.logs ? { logging: {} } : {}),
      },
      instructions: [instructions, ...session.instructions].join('\n\n'),
    },
  )
  // Not `setRequestHandler`: there the SDK reads results anew, and theirs are to stay as they are.
  server.fallbackRequestHandler = async (request: JSONRPCRequest, extra: Extra) => {
    try {
      return await answerTo(request, session, server, extra)
    } finally {
      if (extra.signal.aborted) onAbandoned(extra)
    }
  }
  session.onToolsChanged = () => {
    // Who is not there hears of it when it comes.
    server.sendToolListChanged().catch(() => {})
  }
  session.onLog = (from, { level, logger, text }) => {
    const message = { level, logger: logger === undefined ? from : `${from}/${logger}`, data: text }
    server.sendLoggingMessage(message, server.transport?.sessionId).catch(() => {})
  }
  return server
}

async function answerTo(
  { method, params }: JSONRPCRequest,
  session: ProxySession,
  server: McpServer,
  extra: Extra,
): Promise<Result> {
  const isOwn = isOwnClient(server)
  if (method === 'tools/list') {
    const tools = await session.list()
    return { tools: isOwn ? tools : tools.flatMap(readableTool) }
  }
  if (method !== 'tools/call') return session.read(method, params, extra.signal)
  const call = callSchema.safeParse(params)
  if (!call.success) throw new McpError(ErrorCode.InvalidParams, messageOf(call.error))
  const outcome = await session.call(call.data.name, call.data.arguments, hostOf(server, extra))
  return resultOf(outcome, !isOwn)
}

/** It reads every result, and asks its caller before it calls what is destructive. */
function isOwnClient(server: McpServer): boolean {
  return server.getClientVersion()?.name === ownName
}

/** Clients of the first SDK refuse the whole list for one tool that they cannot read: an output schema of a list is enough. */
function readableTool(tool: OfferedTool): OfferedTool[] {
  if (ToolSchema.safeParse(tool).success) return [tool]
  const { outputSchema: _, ...others } = tool
  return ToolSchema.safeParse(others).success ? [others] : []
}

function hostOf(
  server: McpServer,
  { signal, authInfo, _meta, sendNotification, sendRequest }: Extra,
): CallHost {
  const gone = authInfo?.extra?.gone
  const ended = gone instanceof AbortSignal ? AbortSignal.any([signal, gone]) : signal
  const progressToken = _meta?.progressToken
  const askable = askableOf(server.getClientCapabilities()?.elicitation)
  const ask = async (params: JsonObject, until: AbortSignal): Promise<QuestionAnswer> => {
    // The switchboard's own times rule.
    const options = { signal: until, timeout: longestTimerMs }
    const request = { method: 'elicitation/create', params }
    try {
      return answerOf(await sendRequest(request, answerSchema, options))
    } catch {
      // It cannot be asked any more, or gave what is no answer.
      return { action: 'cancel' }
    }
  }
  return {
    signal: ended,
    meta: _meta,
    ...(progressToken === undefined
      ? {}
      : {
          onProgress: (progress) => {
            const params = { progressToken, ...progress }
            sendNotification({ method: 'notifications/progress', params }).catch(() => {})
          },
        }),
    onQuestion: async (question: Question) =>
      askable[question.mode] ? ask(parametersOf(question), question.signal) : { action: 'cancel' },
    asksItself: isOwnClient(server),
    ...(askable.form
      ? {
          confirm: async (question, over) => {
            const until = AbortSignal.any([ended, over, AbortSignal.timeout(confirmWithinMs)])
            return (await ask(confirmationOf(question), until)).action === 'accept'
          },
        }
      : {}),
  }
}

/** A client over stdio. Resolves when it serves; The session is the caller's to end. */
export async function connectStdio(
  session: ProxySession,
  input: Readable,
  output: Writable,
): Promise<{ close(): Promise<void> }> {
  const server = serverFor(session, () => {})
  await server.connect(new StdioServerTransport(input, output))
  return server
}

export interface HttpRequest {
  method: string
  url: string
  headers: IncomingHttpHeaders
  /** Of a POST. */
  body: unknown
  /** Fires when nobody waits for the answer any more. */
  gone: AbortSignal
}

/** A client over Streamable HTTP. `onClosed`: the session is the caller's to end. */
export class HttpMcpSession {
  readonly #transport: WebStandardStreamableHTTPServerTransport
  readonly #server: McpServer

  constructor(session: ProxySession, onInitialized: (id: string) => void, onClosed: () => void) {
    this.#transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: onInitialized,
    })
    this.#server = serverFor(session, ({ requestId: id, authInfo }) => {
      // The SDK answers nothing to what was cancelled, and would keep its stream open for ever. One with others in it ends when
      // each has an answer (MCP 2025-03-26, "Batching").
      if (!authInfo?.extra?.isBatch) this.#transport.closeSSEStream(id)
      const error = { code: ErrorCode.ConnectionClosed, message: 'Cancelled.' }
      this.#transport.send({ jsonrpc: '2.0', id, error }).catch(() => {})
    })
    this.#server.onclose = onClosed
  }

  connect(): Promise<void> {
    return this.#server.connect(this.#transport)
  }

  /** The answer, whose body may be a stream. */
  handle({ method, url, headers, body, gone }: HttpRequest): Promise<Response> {
    const request = new Request(url, { method, headers: plainHeaders(headers) })
    const authInfo = { token: '', clientId: '', scopes: [], extra: { gone, isBatch: Array.isArray(body) } }
    return this.#transport.handleRequest(request, { parsedBody: body, authInfo })
  }

  close(): Promise<void> {
    return this.#server.close()
  }
}

/** What the client proved itself with goes no further. */
function plainHeaders({ authorization: _, ...headers }: IncomingHttpHeaders): Headers {
  const plain = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value ?? []].flat()) plain.append(name, one)
  }
  return plain
}
