import { z } from 'zod'

export interface RpcError {
  code: number
  data?: unknown
}

/** JSON-RPC -32022, unsupported protocol version (MCP 2026-07-28). */
const unsupportedVersion = -32022

const bodySchema = z.object({ error: z.object({ code: z.number(), data: z.unknown().optional() }) })
const versionsSchema = z.object({ supported: z.array(z.string()) })

/** In the body of an HTTP answer. */
export function rpcErrorIn(body: unknown): RpcError | undefined {
  if (typeof body !== 'string') return undefined
  try {
    return bodySchema.safeParse(JSON.parse(body)).data?.error
  } catch {
    return undefined
  }
}

/** What a server that refuses our version speaks instead. */
export function supportedVersionsIn(error: RpcError | undefined): string[] {
  if (error?.code !== unsupportedVersion) return []
  return versionsSchema.safeParse(error.data).data?.supported ?? []
}
