import { z } from 'zod'
import { schemaProblem } from '../../machines/validation.ts'
import type { RejectedTool, Tool } from '../../protocol.ts'
import { cap, clean } from '../../text.ts'

const maxDescriptionCharacters = 4_000

const objectSchema = z.looseObject({ type: z.literal('object') })

const toolSchema = z.object({
  name: z.string().min(1).max(512),
  description: z
    .string()
    .default('')
    .transform((text) => cap(clean(text), maxDescriptionCharacters)),
  inputSchema: objectSchema,
  outputSchema: objectSchema.optional(),
  annotations: z
    .object({
      readOnlyHint: z.boolean().optional(),
      idempotentHint: z.boolean().optional(),
      destructiveHint: z.boolean().optional(),
    })
    .default({}),
})

/** Each tool by itself: a malformed one is left out and reported, the others stay usable. */
export function parseTools(raw: readonly unknown[]): { tools: Tool[]; rejected: RejectedTool[] } {
  const tools: Tool[] = []
  const rejected: RejectedTool[] = []
  for (const candidate of raw) {
    const result = toolSchema.safeParse(candidate)
    if (!result.success) {
      const [issue] = result.error.issues
      rejected.push({ name: nameOf(candidate), reason: `${issue?.path.join('.')}: ${issue?.message}` })
      continue
    }
    const problem = problemOf(result.data)
    if (problem === undefined) tools.push(result.data)
    else rejected.push({ name: nameOf(candidate), reason: problem })
  }
  return { tools, rejected }
}

function problemOf({ inputSchema, outputSchema }: Tool): string | undefined {
  const input = schemaProblem(inputSchema)
  if (input !== undefined) return `inputSchema: ${input}`
  const output = outputSchema && schemaProblem(outputSchema)
  return output === undefined ? undefined : `outputSchema: ${output}`
}

function nameOf(candidate: unknown): string {
  const named = z.object({ name: z.string() }).safeParse(candidate)
  return named.success ? cap(clean(named.data.name), 100) : '(without a name)'
}
