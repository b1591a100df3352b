/**
 * What can be read of servers beside their tools: prompts, resources, completions. Nothing is done at a server by it. Lists
 * hold all pages; their words are cleaned, without secrets and capped; everything else is the server's own, untouched.
 */
import { z } from 'zod'
import type { CallError } from './protocol.ts'

const stringsSchema = z.record(z.string(), z.string())

export const readRequestSchema = z.discriminatedUnion('method', [
  z.object({ method: z.literal('prompts/list') }),
  z.object({ method: z.literal('prompts/get'), name: z.string(), arguments: stringsSchema.optional() }),
  z.object({ method: z.literal('resources/list') }),
  z.object({ method: z.literal('resources/templates/list') }),
  z.object({ method: z.literal('resources/read'), uri: z.string() }),
  z.object({
    method: z.literal('completion/complete'),
    ref: z.discriminatedUnion('type', [
      z.object({ type: z.literal('ref/prompt'), name: z.string() }),
      z.object({ type: z.literal('ref/resource'), uri: z.string() }),
    ]),
    argument: z.object({ name: z.string(), value: z.string() }),
    context: z.object({ arguments: stringsSchema.optional() }).exactOptional(),
  }),
])

/** The methods and parameters of MCP. @useDeclaredType */
export type ReadRequest = z.infer<typeof readRequestSchema>

export const promptSchema = z.looseObject({ name: z.string() })
export const resourceSchema = z.looseObject({ uri: z.string(), name: z.string() })
export const resourceTemplateSchema = z.looseObject({ uriTemplate: z.string(), name: z.string() })
export const promptMessagesSchema = z.object({
  description: z.string().exactOptional(),
  messages: z.array(
    z.object({ role: z.enum(['user', 'assistant']), content: z.looseObject({ type: z.string() }) }),
  ),
})
export const resourceContentsSchema = z.object({ contents: z.array(z.looseObject({ uri: z.string() })) })
export const completionSchema = z.object({
  completion: z.object({
    values: z.array(z.string()),
    total: z.number().exactOptional(),
    hasMore: z.boolean().exactOptional(),
  }),
})

export const readResultSchema = z.union([
  z.object({ prompts: z.array(promptSchema) }),
  promptMessagesSchema,
  z.object({ resources: z.array(resourceSchema) }),
  z.object({ resourceTemplates: z.array(resourceTemplateSchema) }),
  resourceContentsSchema,
  completionSchema,
])

/** As MCP names them, one for each method: `prompts`, `messages`, `resources`, `resourceTemplates`, `contents`, `completion`. @useDeclaredType */
export type ReadResult = z.infer<typeof readResultSchema>
/** As its server lists it. @interface */
export type Prompt = z.infer<typeof promptSchema>
/** As its server lists it. @interface */
export type Resource = z.infer<typeof resourceSchema>
/** As its server lists it. @interface */
export type ResourceTemplate = z.infer<typeof resourceTemplateSchema>

/** The effect of an error is `none`: reading does nothing. @inline */
export type ReadEnd = { ok: true; result: ReadResult } | { ok: false; error: CallError }

export type ReadOutcome = ReadEnd & { server: string; durationMs: number }

export interface ReadOptions {
  signal?: AbortSignal
  /** For all pages together. Default: the server's or the policy's `callTimeoutMs`. */
  timeoutMs?: number
}

/** What a server says of itself and of how it is to be used, for a model: cleaned, without secrets, up to 4,000 characters. */
export interface ServerInstructions {
  server: string
  instructions: string
}

/** A prompt that the configuration chose for an agent's instructions. */
export interface ChosenPrompt {
  server: string
  name: string
  arguments: Readonly<Record<string, string>>
}
