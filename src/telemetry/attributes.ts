/**
 * Names of the semantic conventions for generative AI and MCP (github.com/open-telemetry/semantic-conventions-genai,
 * `docs/gen-ai/`), and our own, which begin with `mcp_switchboard.`. The conventions are in development, so that no package
 * has them for good.
 */
import type { Attributes } from '@opentelemetry/api'
import type { ErrorCode } from '../contract/protocol.ts'
import { cap, clean } from '../text/text.ts'

export const names = {
  operation: 'gen_ai.operation.name',
  tool: 'gen_ai.tool.name',
  toolType: 'gen_ai.tool.type',
  toolCall: 'gen_ai.tool.call.id',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
  prompt: 'gen_ai.prompt.name',
  conversation: 'gen_ai.conversation.id',
  method: 'mcp.method.name',
  protocolVersion: 'mcp.protocol.version',
  session: 'mcp.session.id',
  resource: 'mcp.resource.uri',
  requestId: 'jsonrpc.request.id',
  rpcCode: 'rpc.response.status_code',
  errorType: 'error.type',
  transport: 'network.transport',
  protocol: 'network.protocol.name',
  address: 'server.address',
  port: 'server.port',
  server: 'mcp_switchboard.server',
  generation: 'mcp_switchboard.server.generation',
  serverState: 'mcp_switchboard.server.state',
  code: 'mcp_switchboard.code',
  effect: 'mcp_switchboard.effect',
  attempts: 'mcp_switchboard.attempts',
} as const

const maxNameCharacters = 200

/** A model may call anything. */
export function shownName(name: string): string {
  return cap(clean(name), maxNameCharacters)
}

/** `gen_ai.operation.name` of whatever calls a tool. */
export const executeTool = 'execute_tool'

/** How a call ends whose caller changed their mind, or was asked first: nothing has failed. */
const noFailures: ReadonlySet<string> = new Set<ErrorCode | 'ok'>([
  'ok',
  'cancelled',
  'declined',
  'confirmation_required',
])

export function isFailure(code: ErrorCode | 'ok'): boolean {
  return !noFailures.has(code)
}

/** `rpcCode`: of a JSON-RPC error, which says more than our code. */
export function failureAttributes(code: ErrorCode | 'ok', rpcCode?: number): Attributes {
  if (rpcCode !== undefined) return { [names.errorType]: `${rpcCode}`, [names.rpcCode]: `${rpcCode}` }
  return isFailure(code) ? { [names.errorType]: code } : {}
}
