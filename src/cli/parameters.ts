import { z } from 'zod'
import type { JsonObject } from '../contract/protocol.ts'
import { oneLine } from '../text/text.ts'

/** One thing that a function takes, in words. */
export interface Parameter {
  name: string
  type: string
  isRequired: boolean
  description: string
}

const words = z.string().optional().catch(undefined)
const schemaSchema = z
  .looseObject({
    type: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .catch(undefined),
    enum: z.array(z.unknown()).optional().catch(undefined),
    const: z.unknown().optional(),
    items: z.unknown().optional(),
    description: words,
  })
  .catch({})
const inputSchema = z.object({
  properties: z.record(z.string(), z.unknown()).catch({}),
  required: z.array(z.string()).catch([]),
})

/** Those of an input schema, the required ones first. */
export function parametersOf(schema: JsonObject): Parameter[] {
  const { properties, required } = inputSchema.parse(schema)
  const all = Object.entries(properties).map(
    ([name, property]): Parameter => ({
      name: oneLine(name),
      type: typeInWords(property),
      isRequired: required.includes(name),
      description: oneLine(schemaSchema.parse(property).description ?? ''),
    }),
  )
  return [...all.filter(({ isRequired }) => isRequired), ...all.filter(({ isRequired }) => !isRequired)]
}

function typeInWords(schema: unknown): string {
  const { type, enum: choices, const: only, items } = schemaSchema.parse(schema)
  if (choices !== undefined) return choices.map((choice) => JSON.stringify(choice)).join(' | ')
  if (only !== undefined) return JSON.stringify(only)
  if (type === 'array') return `${typeInWords(items)}[]`
  if (type === undefined) return 'any'
  return typeof type === 'string' ? type : type.join(' | ')
}
