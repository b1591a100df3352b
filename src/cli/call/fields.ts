import { z } from 'zod'
import type { JsonObject } from '../../contract/protocol.ts'
import { oneLine } from '../../text/text.ts'

interface Choice {
  value: string
  label: string
}

/** One field of a question's form (MCP 2025-11-25, "Requested Schema"). */
export type Field = { name: string; label: string; isRequired: boolean } & (
  | { kind: 'text' | 'number'; initial?: string }
  | { kind: 'yes or no'; initial?: boolean }
  | { kind: 'one of'; options: Choice[]; initial?: string }
  | { kind: 'some of'; options: Choice[] }
)

const titled = z.array(z.object({ const: z.string(), title: z.string().optional() }))
const fieldSchema = z.looseObject({
  type: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.string()).optional(),
  enumNames: z.array(z.string()).optional(),
  oneOf: titled.optional(),
  items: z.object({ enum: z.array(z.string()).optional(), anyOf: titled.optional() }).optional(),
  default: z.unknown().optional(),
})
const formSchema = z.object({
  properties: z.record(z.string(), fieldSchema),
  required: z.array(z.string()).default([]),
})

/** In the order of the form. */
export function fieldsOf(schema: JsonObject): Field[] {
  const { properties, required } = formSchema.parse(schema)
  return Object.entries(properties).map(([name, field]): Field => {
    const isRequired = required.includes(name)
    const told = [field.title ?? name, field.description].filter((one) => one !== undefined).map(oneLine)
    const common = { name, isRequired, label: `${told.join(': ')}${isRequired ? '' : ' (may be left out)'}` }
    const initial = field.default
    if (field.type === 'boolean') {
      return { ...common, kind: 'yes or no', ...(typeof initial === 'boolean' ? { initial } : {}) }
    }
    if (field.type === 'array') {
      return {
        ...common,
        kind: 'some of',
        options: choices(field.items?.enum, undefined, field.items?.anyOf),
      }
    }
    const options = choices(field.enum, field.enumNames, field.oneOf)
    const text = typeof initial === 'string' || typeof initial === 'number' ? { initial: `${initial}` } : {}
    if (options.length > 0) return { ...common, kind: 'one of', options, ...text }
    return { ...common, kind: field.type === 'string' ? 'text' : 'number', ...text }
  })
}

function choices(
  values: readonly string[] = [],
  names: readonly string[] = [],
  titles: z.infer<typeof titled> = [],
): Choice[] {
  return [
    ...values.map((value, index) => ({ value, label: oneLine(names[index] ?? value) })),
    ...titles.map((one) => ({ value: one.const, label: oneLine(one.title ?? one.const) })),
  ]
}
