import { z } from 'zod'
import { parseNumber } from '../speech/numbers.ts'
import { toWords } from '../speech/spoken.ts'

/** A value that can be said, and how it is said. */
export interface SlotValue {
  words: string[]
  value: unknown
  /** How it is written. */
  text: string
}

export interface Slot {
  values: SlotValue[]
  /** Numbers are heard by one rule that all slots share. */
  number: 'integer' | 'number' | undefined
  /** Any text will do when it is typed. */
  freeText: boolean
  email: boolean
  /** The value of a property that allows only one; it need not be said. */
  fixed: boolean
  /** The property is a list; what is said becomes its only element. */
  list: boolean
}

const propertySchema = z.looseObject({
  type: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .catch(undefined),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional().catch(undefined),
  examples: z.array(z.unknown()).optional().catch(undefined),
  default: z.unknown().optional(),
  format: z.string().optional().catch(undefined),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional().catch(undefined),
  oneOf: z.array(z.unknown()).optional().catch(undefined),
  $ref: z.string().optional().catch(undefined),
})

const toolSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional().catch(undefined),
  required: z.array(z.string()).optional().catch(undefined),
  $defs: z.record(z.string(), z.unknown()).optional().catch(undefined),
  definitions: z.record(z.string(), z.unknown()).optional().catch(undefined),
})

export interface Property {
  name: string
  required: boolean
  slot: Slot
}

const maximumValues = 30
export const maximumValueWords = 12
const emailName = /e-?mail|^(to|cc|bcc|from|recipient)$/i

/** The properties of a tool's input schema, in its order. Whatever a stranger wrote there, this does not throw. */
export function readProperties(schema: unknown): Property[] {
  const tool = toolSchema.safeParse(schema)
  if (!tool.success) return []
  const definitions = { ...tool.data.definitions, ...tool.data.$defs }
  const required = new Set(tool.data.required)
  return Object.entries(tool.data.properties ?? {}).map(([name, property]) => ({
    name,
    required: required.has(name),
    slot: readSlot(name, property, definitions),
  }))
}

function readSlot(name: string, schema: unknown, definitions: Record<string, unknown>, depth = 0): Slot {
  const parsed = propertySchema.safeParse(schema)
  const none: Slot = {
    values: [],
    number: undefined,
    freeText: false,
    email: false,
    fixed: false,
    list: false,
  }
  if (!parsed.success || depth > 5) return none
  const property = parsed.data
  const deeper = (inner: unknown): Slot => readSlot(name, inner, definitions, depth + 1)
  const reference = property.$ref?.match(/^#\/(?:\$defs|definitions)\/([^/]+)$/)?.[1]
  if (reference !== undefined) return deeper(definitions[reference])
  const [alternative] = (property.anyOf ?? property.oneOf ?? []).filter((option) => !isNull(option))
  if (alternative !== undefined) return withValues(deeper(alternative), [...examplesOf(property)])

  const type = [property.type].flat().find((candidate) => candidate !== 'null')
  if (type === 'array') {
    const element = deeper(property.items)
    return element.list ? none : { ...element, list: true, fixed: false }
  }
  if (property.const !== undefined) return { ...withValues(none, [property.const]), fixed: true }
  if (property.enum) {
    const values = withValues(none, property.enum)
    return { ...values, fixed: property.enum.length === 1 && values.values.length === 1 }
  }
  if (type === 'boolean') return { ...none, values: booleans }
  const number = type === 'integer' || type === 'number' ? type : undefined
  const freeText = type === 'string' || type === undefined
  const email = freeText && (property.format === 'email' || emailName.test(name))
  return withValues({ ...none, number, freeText, email }, examplesOf(property))
}

const isNull = (schema: unknown): boolean =>
  typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'null'

const examplesOf = (property: z.infer<typeof propertySchema>): unknown[] => [
  ...(property.examples ?? []),
  ...(property.default === undefined ? [] : [property.default]),
]

const booleans: SlotValue[] = [
  { words: ['yes'], value: true, text: 'yes' },
  { words: ['true'], value: true, text: 'true' },
  { words: ['no'], value: false, text: 'no' },
  { words: ['false'], value: false, text: 'false' },
]

function withValues(slot: Slot, candidates: unknown[]): Slot {
  const values = new Map(slot.values.map((value) => [value.words.join(' '), value]))
  for (const candidate of candidates.flat()) {
    if (!['string', 'number', 'boolean'].includes(typeof candidate)) continue
    const text = String(candidate)
    const words = text.length > 200 ? [] : toWords(text)
    const key = words.join(' ')
    if (words.length === 0 || words.length > maximumValueWords || values.has(key)) continue
    if (values.size < maximumValues) values.set(key, { words, value: candidate, text })
  }
  return { ...slot, values: [...values.values()] }
}

export const isSpeakable = (slot: Slot): boolean => slot.values.length > 0 || slot.number !== undefined

export const isTypeable = (slot: Slot): boolean => isSpeakable(slot) || slot.freeText

/** A value for an example sentence, as it is written. */
export const exampleText = (slot: Slot): string => slot.values[0]?.text ?? (slot.number ? '3' : '')

/** The value that heard words stand for. */
export function hearValue(slot: Slot, words: string[]): SlotValue | undefined {
  const said = words.join(' ')
  const known = slot.values.find((value) => value.words.join(' ') === said)
  if (known || !slot.number) return known
  const number = parseNumber(said)
  if (number === undefined || (slot.number === 'integer' && !Number.isInteger(number))) return undefined
  return { words, value: number, text: String(number) }
}

/** The value that typed text with these words stands for. `known` values are preferred to free text. */
export function readValue(
  slot: Slot,
  text: string,
  words: string[],
): { value: SlotValue; known: boolean } | undefined {
  const trimmed = trimValue(text)
  const short = words.length <= maximumValueWords
  const known = short ? (hearValue(slot, words) ?? (slot.number && hearValue(slot, [trimmed]))) : undefined
  if (known) return { value: known, known: true }
  if (!slot.freeText || trimmed === '') return undefined
  const email = slot.email ? spokenEmail(trimmed) : undefined
  return { value: { words, value: email ?? trimmed, text: email ?? trimmed }, known: email !== undefined }
}

function trimValue(text: string): string {
  const bare = text.trim().replace(/[,;:]+$/, '')
  const quoted = bare.match(/^(["'“‘«])(.*)["'”’»][.?!]?$/s)
  if (quoted?.[2] !== undefined) return quoted[2]
  return /[.!?]\s/.test(bare) ? bare : bare.replace(/[.?!]+$/, '')
}

/** "carol at example dot com" as an address. */
function spokenEmail(text: string): string | undefined {
  if (/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(text)) return text
  const joined = text
    .toLowerCase()
    .replace(/ (dot|period) /g, '.')
    .replace(/ at /, '@')
    .replace(/ (dash|hyphen) /g, '-')
    .replace(/ underscore /g, '_')
  return /^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(joined) ? joined : undefined
}
