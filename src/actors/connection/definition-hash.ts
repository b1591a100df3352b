import { createHash } from 'node:crypto'
import { z } from 'zod'

/** All that a model or a person is told of a tool, and that decides how it is called. */
const definitionSchema = z.object({
  name: z.unknown().optional(),
  title: z.unknown().optional(),
  description: z.unknown().optional(),
  inputSchema: z.unknown().optional(),
  outputSchema: z.unknown().optional(),
  annotations: z.unknown().optional(),
})

/** Of a tool as its server lists it, every byte of it; the order of keys makes no difference. */
export function definitionHash(tool: unknown): string {
  const hash = createHash('sha256').update(canonical(definitionSchema.parse(tool)))
  return `sha256-${hash.digest('base64')}`
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`)
  return `{${entries.join(',')}}`
}
