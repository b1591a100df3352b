import { z } from 'zod'
import type { JsonObject } from '../../../src/contract/protocol.ts'

const schemaSchema = z.object({
  properties: z.record(z.string(), z.looseObject({ type: z.unknown().optional() })).default({}),
  required: z.array(z.string()).default([]),
})
const values: Record<string, unknown> = {
  string: 'a',
  number: 2,
  integer: 3,
  boolean: true,
  object: {},
  array: [],
}

/** Something for each field that a function wants. */
export function argumentsFor(inputSchema: JsonObject): JsonObject {
  const { properties, required } = schemaSchema.parse(inputSchema)
  return Object.fromEntries(required.map((name) => [name, values[String(properties[name]?.type)] ?? 'a']))
}
