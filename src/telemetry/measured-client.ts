import type { Attributes } from '@opentelemetry/api'
import type {
  CallAnswer,
  CallRequest,
  Dialect,
  McpClient,
  Ping,
  ReadAnswer,
  ToolListing,
} from '../actors/connection/client.ts'
import type { Problem } from '../actors/connection/failure.ts'
import type { ConnectionInput } from '../contract/connection.ts'
import type { Peer } from '../contract/protocol.ts'
import type { ReadRequest } from '../contract/reads.ts'
import { names } from './attributes.ts'
import type { Calls } from './calls.ts'
import { contained } from './contained.ts'

/** The client of one connection, with a span for each tool that it calls. */
export class MeasuredClient implements McpClient {
  /** What the spans of all its calls say; known once it is connected. */
  #about: Attributes | undefined

  constructor(
    private readonly client: McpClient,
    private readonly input: ConnectionInput,
    private readonly calls: Calls,
    /** Whether all conversations share its server. */
    private readonly isShared: boolean,
  ) {}

  async call(request: CallRequest): Promise<CallAnswer> {
    const attempt = contained(() => {
      this.#about ??= { ...aboutServer(this.input), ...aboutClient(this.client) }
      return this.calls.attempt(request, this.#about, this.isShared)
    })
    if (!attempt) return this.client.call(request)
    const answer = await attempt.run(() =>
      this.client.call({
        ...request,
        meta: attempt.meta,
        onSent: (requestId) => {
          attempt.sentAs(requestId)
          request.onSent(requestId)
        },
      }),
    )
    attempt.answered(answer)
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

  read(request: ReadRequest, signal: AbortSignal, onSent?: () => void): Promise<ReadAnswer> {
    return this.client.read(request, signal, onSent)
  }

  ping(timeoutMs: number): Promise<Ping> {
    return this.client.ping(timeoutMs)
  }

  close(): Promise<void> {
    return this.client.close()
  }
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
