import type { Attributes } from '@opentelemetry/api'
import type {
  CallAnswer,
  CallRequest,
  Dialect,
  McpClient,
  Ping,
  ReadAnswer,
  Reading,
  ToolListing,
} from '../actors/connection/client.ts'
import type { Problem } from '../actors/connection/failure.ts'
import type { ConnectionInput } from '../contract/connection.ts'
import type { ErrorCode, Peer } from '../contract/protocol.ts'
import type { ReadRequest } from '../contract/reads.ts'
import { names, shownName } from './attributes.ts'
import type { Calls, ServerRequest } from './calls.ts'
import { contained } from './contained.ts'
import type { RequestSpan } from './request-span.ts'

export interface MeasuredClientOptions {
  /** Whether all conversations share its server. */
  isShared: boolean
  /** Whether spans say what is read. */
  recordContents: boolean
}

/** The client of one connection, with a span for each tool that it calls, and for each read. */
export class MeasuredClient implements McpClient {
  /** What the spans of all its requests say; known once it is connected. */
  #about: Attributes | undefined

  constructor(
    private readonly client: McpClient,
    private readonly input: ConnectionInput,
    private readonly calls: Calls,
    private readonly options: MeasuredClientOptions,
  ) {}

  async call(request: CallRequest): Promise<CallAnswer> {
    const { callId, tool } = request
    const attributes = { [names.tool]: tool.name }
    const span = this.#begin({ method: 'tools/call', target: tool.name, attributes, callId })
    if (!span) return this.client.call(request)
    const onSent = (requestId?: string | number) => {
      span.sentAs(requestId)
      request.onSent(requestId)
    }
    const answer = await span.run(() => this.client.call({ ...request, meta: span.meta, onSent }))
    const { end, rpcCode } = answer
    if (end.ok) span.end('ok', 'done')
    else span.end(end.error.code, end.error.effect, rpcCode)
    return answer
  }

  async read(request: ReadRequest, reading: Reading): Promise<ReadAnswer> {
    const span = isOffered(request, this.peer)
      ? this.#begin({ ...this.#aboutRead(request), method: request.method, callId: reading.callId })
      : undefined
    if (!span) return this.client.read(request, reading)
    const onSent = (requestId?: string | number) => {
      span.sentAs(requestId)
      reading.onSent?.(requestId)
    }
    const answer = await span.run(() => this.client.read(request, { ...reading, meta: span.meta, onSent }))
    span.end(codeOfRead(answer, reading.signal), undefined, answer.rpcCode)
    return answer
  }

  get peer(): Peer {
    return this.client.peer
  }

  get sessionId(): string | undefined {
    return this.client.sessionId
  }

  get instructions(): string | undefined {
    return this.client.instructions
  }

  connect(): Promise<void> {
    return this.client.connect()
  }

  otherDialect(error: unknown): Dialect | undefined {
    return this.client.otherDialect(error)
  }

  problem(error: unknown): Problem {
    return this.client.problem(error)
  }

  listTools(timeoutMs?: number): Promise<ToolListing> {
    return this.client.listTools(timeoutMs)
  }

  ping(timeoutMs: number): Promise<Ping> {
    return this.client.ping(timeoutMs)
  }

  close(): Promise<void> {
    return this.client.close()
  }

  #begin({ attributes, ...request }: ServerRequest): RequestSpan | undefined {
    return contained(() => {
      this.#about ??= { ...aboutServer(this.input), ...aboutClient(this.client) }
      const all = { ...attributes, ...this.#about }
      return this.calls.request({ ...request, attributes: all }, this.options.isShared)
    })
  }

  /** Names of prompts are few, and addresses of resources have no end of values. */
  #aboutRead(request: ReadRequest): Pick<ServerRequest, 'target' | 'attributes'> {
    if (request.method === 'prompts/get') {
      const target = shownName(request.name)
      return { target, attributes: { [names.prompt]: target } }
    }
    if (request.method !== 'resources/read' || !this.options.recordContents) return { attributes: {} }
    const { target } = this.input.definition
    return { attributes: { [names.resource]: shownName(target.mask(request.uri)) } }
  }
}

/** Otherwise it ends without a request. Old servers complete without saying that they can. */
function isOffered({ method }: ReadRequest, { capabilities }: Peer): boolean {
  const [capability = ''] = method.split('/')
  return method === 'completion/complete' || capabilities.includes(capability)
}

/** What it is told of one that was given up says nothing of why. */
function codeOfRead({ end }: ReadAnswer, signal: AbortSignal): ErrorCode | 'ok' {
  if (end.ok) return 'ok'
  if (!signal.aborted) return end.error.code
  const { reason } = signal
  return reason === 'timed_out' || reason === 'connection_lost' ? reason : 'cancelled'
}

/** Of its address no more than the host and the port: a path may be a secret, and so may what `${…}` stood for. */
function aboutServer({ definition, generation }: ConnectionInput): Attributes {
  const own = { [names.server]: definition.name, [names.generation]: generation }
  const target = definition.target.open()
  if (target.kind === 'stdio') return { ...own, [names.transport]: 'pipe' }
  const { hostname, port, protocol } = new URL(target.url)
  return {
    ...own,
    [names.transport]: 'tcp',
    [names.protocol]: 'http',
    [names.address]: definition.target.mask(hostname),
    [names.port]: Number(port) || (protocol === 'https:' ? 443 : 80),
  }
}

function aboutClient({ peer, sessionId }: McpClient): Attributes {
  return {
    [names.protocolVersion]: peer.protocolVersion,
    ...(sessionId === undefined ? {} : { [names.session]: sessionId }),
  }
}
