import { z } from 'zod'
import type { JsonObject } from '../../contract/protocol.ts'
import type { Fault, FaultPlan } from './faults.ts'
import type { Ledger } from './ledger.ts'
import { errorResult, type FaultServerTool, listedTool, runTool } from './tools.ts'

const versions = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']

export const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.looseObject({}).default({}),
})

export type Message = z.infer<typeof messageSchema>

type RequestId = string | number

const callSchema = z.looseObject({
  name: z.string(),
  arguments: z.record(z.string(), z.unknown()).default({}),
  _meta: z
    .looseObject({
      progressToken: z.union([z.string(), z.number()]).optional(),
      'switchboard/callId': z.string().optional(),
    })
    .default({}),
})

const cancelledSchema = z.looseObject({ requestId: z.union([z.string(), z.number()]) })

/** What a session answers to a request, and what the wire does instead of sending it. */
export interface Reply {
  answer: JsonObject
  fault: Fault | undefined
  /** Whether it is still wanted; after that it is over, and nobody can take it back. */
  finish(): boolean
}

export interface McpParts {
  name: string
  tools: Record<string, FaultServerTool>
  plan: FaultPlan
  ledger: Ledger
}

interface Running {
  /** Fires where nobody wants the answer any more. */
  over: AbortController
  /** In the ledger. */
  noteCancelled?: () => void
}

/** One client's session, on any wire. Speaks MCP 2025-11-25 and the versions before it. */
export class McpSession {
  readonly #running = new Map<RequestId, Running>()

  constructor(private readonly parts: McpParts) {}

  /** `notify` sends beside the answer, while it is awaited. */
  async reply(
    id: RequestId,
    { method = '', params }: Message,
    notify: (message: JsonObject) => void,
  ): Promise<Reply> {
    const call = method === 'tools/call' ? callSchema.safeParse(params).data : undefined
    const fault = this.parts.plan.at(method, call?.name)
    const running: Running = { over: new AbortController() }
    this.#running.set(id, running)
    const body = call ? await this.#call(call, fault, running, notify) : this.#result(method, params)
    const finish = () => {
      if (this.#running.get(id) === running) this.#running.delete(id)
      return !running.over.signal.aborted
    }
    return { answer: { jsonrpc: '2.0', id, ...(faultyBody(fault) ?? body) }, fault, finish }
  }

  /** What is no request. */
  hear({ method, params }: Message): void {
    if (method !== 'notifications/cancelled') return
    const { data } = cancelledSchema.safeParse(params)
    const running = data && this.#running.get(data.requestId)
    running?.noteCancelled?.()
    running?.over.abort()
  }

  /** Its process has died, or the client is gone. */
  end(): void {
    for (const { over } of this.#running.values()) over.abort()
  }

  async #call(
    { name, arguments: args, _meta }: z.infer<typeof callSchema>,
    fault: Fault | undefined,
    running: Running,
    notify: (message: JsonObject) => void,
  ): Promise<JsonObject> {
    const { tools, ledger } = this.parts
    const tool = Object.hasOwn(tools, name) ? tools[name] : undefined
    const executed = tool !== undefined && (fault === undefined || !('executed' in fault) || fault.executed)
    const { progressToken, 'switchboard/callId': callId } = _meta
    running.noteCancelled = ledger.add({
      ...{ tool: name, arguments: args, executed },
      ...(callId === undefined ? {} : { callId }),
      ...(fault === undefined ? {} : { fault: fault.kind }),
    })
    if (!tool) return { error: { code: -32602, message: `Unknown tool: ${name}` } }
    if (!executed) return { result: { content: [] } }
    // What has begun to be answered cannot get another status.
    const isRefused = fault?.kind === 'status' || fault?.kind === 'garble'
    const progress = (told: object) => {
      if (progressToken === undefined || isRefused) return
      const params = { progressToken, ...told }
      notify({ jsonrpc: '2.0', method: 'notifications/progress', params })
    }
    return { result: await runTool(tool, args, { callId, signal: running.over.signal, progress }) }
  }

  #result(method: string, params: JsonObject): JsonObject {
    const { name, tools } = this.parts
    const asked = versions.find((version) => version === params.protocolVersion)
    if (method === 'initialize') {
      return {
        result: {
          protocolVersion: asked ?? versions[0],
          capabilities: { tools: {} },
          serverInfo: { name, version: '1.0.0' },
        },
      }
    }
    if (method === 'ping') return { result: {} }
    if (method !== 'tools/list') return { error: { code: -32601, message: 'Method not found' } }
    return { result: { tools: Object.entries(tools).map(([key, tool]) => listedTool(key, tool)) } }
  }
}

function faultyBody(fault: Fault | undefined): JsonObject | undefined {
  if (fault?.kind === 'error') return { error: { code: fault.code, message: fault.message ?? 'It failed' } }
  if (fault?.kind === 'tool error') return { result: errorResult(fault.message) }
  if (fault?.kind === 'result') return { result: fault.result }
  return undefined
}

/** The first half of an answer. */
export function half(answer: JsonObject): string {
  const whole = JSON.stringify(answer)
  return whole.slice(0, Math.floor(whole.length / 2))
}
