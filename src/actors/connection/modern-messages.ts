import { z } from 'zod'

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
export const emptyResult = {
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
