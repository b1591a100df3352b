import { z } from 'zod'
import { isObject } from '../../contract/json.ts'
import type { JsonObject } from '../../contract/protocol.ts'

/** What a server says of itself (MCP 2026-07-28, `server/discover`). */
export const discoverySchema = z.looseObject({
  supportedVersions: z.array(z.string()),
  capabilities: z.looseObject({
    tools: z.looseObject({ listChanged: z.boolean().optional() }).optional(),
  }),
  instructions: z.string().optional().catch(undefined),
  _meta: z.looseObject({ 'io.modelcontextprotocol/serverInfo': z.unknown().optional() }).optional(),
})

export const identitySchema = z.object({ name: z.string().optional(), version: z.string().optional() })

/** Fits every method: what an answer holds is read by ourselves, part by part. */
const emptyResult = {
  resultType: 'complete',
  content: [],
  tools: [],
  prompts: [],
  messages: [],
  resources: [],
  resourceTemplates: [],
  contents: [],
  completion: { values: [] },
  ttlMs: 0,
  cacheScope: 'private',
}

/** Of `tools/list`; each tool is read by itself. */
export const pageSchema = z.looseObject({
  tools: z.array(z.unknown()),
  nextCursor: z.string().optional(),
  ttlMs: z.number().optional().catch(undefined),
})

/** What the SDK reads in the place of a result: as little as it needs to know how the request ended. */
export function resultForSdk(result: unknown): JsonObject {
  // What is no object would end nothing; this ends as an answer that cannot be read.
  if (!isObject(result)) return {}
  const isRead = 'supportedVersions' in result || result.resultType !== 'complete'
  return isRead ? { ...result } : { ...emptyResult }
}
