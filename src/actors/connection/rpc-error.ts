import { z } from 'zod'
import { parseJson } from '../../contract/json.ts'

export interface RpcError {
  code: number
  data?: unknown
}

/** JSON-RPC -32022, unsupported protocol version (MCP 2026-07-28). */
export const unsupportedVersion = -32022

const bodySchema = z.object({ error: z.object({ code: z.number(), data: z.unknown().optional() }) })
const versionsSchema = z.object({ supported: z.array(z.string()) })

/** In the body of an HTTP answer. */
export function rpcErrorIn(body: unknown): RpcError | undefined {
  return typeof body === 'string' ? bodySchema.safeParse(parseJson(body)).data?.error : undefined
}

/** What a server that refuses our version speaks instead. */
export function supportedVersionsIn(error: RpcError | undefined): string[] {
  if (error?.code !== unsupportedVersion) return []
  return versionsSchema.safeParse(error.data).data?.supported ?? []
}
