import { messageOf } from '../../contract/errors.ts'
import type { ContentBlock, JsonObject, Progress } from '../../contract/protocol.ts'

/** As MCP has it (2025-11-25, "CallToolResult"); a text stands for one block of text. */
export type ToolAnswer =
  | string
  | { content: ContentBlock[]; structuredContent?: unknown; isError?: boolean; _meta?: JsonObject }

export interface ToolRun {
  /** What a switchboard calls this call in its events, if one made it. */
  callId: string | undefined
  /** Fires when the client cancels the call, or the process or session of it ends. */
  signal: AbortSignal
  /** Told to a client that wants to hear it. */
  progress(progress: Progress): void
}

export interface FaultServerTool {
  description?: string
  title?: string
  /** JSON Schema of an object; nothing is checked here. Default: any object. */
  inputSchema?: JsonObject
  outputSchema?: JsonObject
  /** `{ readOnlyHint: true }` and the like. */
  annotations?: JsonObject
  /** What it does, in the process of the test; what it throws is a tool error. A text is what it always answers. */
  answer: ToolAnswer | ((args: JsonObject, run: ToolRun) => ToolAnswer | Promise<ToolAnswer>)
}

/** As `tools/list` tells it. */
export function listedTool(name: string, tool: FaultServerTool): JsonObject {
  const { answer: _, description = name, inputSchema = { type: 'object' }, ...others } = tool
  return { name, description, inputSchema, ...others }
}

export async function runTool(
  { answer }: FaultServerTool,
  args: JsonObject,
  run: ToolRun,
): Promise<JsonObject> {
  try {
    return resultOf(typeof answer === 'function' ? await answer(args, run) : answer)
  } catch (error) {
    return errorResult(messageOf(error))
  }
}

export function errorResult(message: string): JsonObject {
  return { ...resultOf(message), isError: true }
}

function resultOf(answer: ToolAnswer): JsonObject {
  return typeof answer === 'string' ? { content: [{ type: 'text', text: answer }] } : { ...answer }
}
