import fc from 'fast-check'
import type { JsonObject } from '../../src/contract/protocol.ts'

/** A schema of the few keywords that nearly every tool uses. */
export type PlainSchema =
  | { type: 'string'; minLength: number; maxLength: number }
  | { type: 'integer' | 'number'; minimum: number; maximum: number }
  | { type: 'boolean' | 'null' }
  | { enum: (string | number | boolean | null)[] }
  | { type: 'array'; items: PlainSchema; minItems: number; maxItems: number }
  | ObjectSchema

export interface ObjectSchema {
  type: 'object'
  properties: Record<string, PlainSchema>
  required: string[]
  additionalProperties: boolean
}

/** The oracle: whether `value` fits, as the words of JSON Schema 2020-12 have it, read by somebody else. */
export function fits(schema: PlainSchema, value: unknown): boolean {
  if ('enum' in schema) return schema.enum.some((one) => one === value)
  switch (schema.type) {
    case 'string': {
      const length = typeof value === 'string' ? [...value].length : -1
      return length >= schema.minLength && length <= schema.maxLength
    }
    case 'integer':
    case 'number': {
      if (typeof value !== 'number' || (schema.type === 'integer' && !Number.isInteger(value))) return false
      return value >= schema.minimum && value <= schema.maximum
    }
    case 'boolean':
      return typeof value === 'boolean'
    case 'null':
      return value === null
    case 'array':
      if (!Array.isArray(value) || value.length < schema.minItems || value.length > schema.maxItems)
        return false
      return value.every((item) => fits(schema.items, item))
    case 'object':
      return fitsObject(schema, value)
  }
}

function fitsObject({ properties, required, additionalProperties }: ObjectSchema, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (!required.every((name) => Object.hasOwn(value, name))) return false
  return Object.entries(value).every(([name, inner]) => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined
    return schema === undefined ? additionalProperties : fits(schema, inner)
  })
}

export interface Pair<Schema = PlainSchema, Value = unknown> {
  schema: Schema
  value: Value
}

const range = fc.tuple(fc.integer({ min: -5, max: 5 }), fc.nat(5))
const size = fc.tuple(fc.nat(2), fc.nat(3))
const scalar = fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.boolean(), fc.constant(null))

const text = size.chain(([minLength, more]) =>
  fc
    .string({ unit: 'binary', minLength, maxLength: minLength + more })
    .map((value): Pair => ({ schema: { type: 'string', minLength, maxLength: minLength + more }, value })),
)
const integer = range.chain(([minimum, more]) =>
  fc
    .integer({ min: minimum, max: minimum + more })
    .map((value): Pair => ({ schema: { type: 'integer', minimum, maximum: minimum + more }, value })),
)
const number = range.chain(([minimum, more]) =>
  fc
    .double({ min: minimum, max: minimum + more, noNaN: true })
    .map((value): Pair => ({ schema: { type: 'number', minimum, maximum: minimum + more }, value })),
)
const word = fc.oneof(
  fc.boolean().map((value): Pair => ({ schema: { type: 'boolean' }, value })),
  fc.constant<Pair>({ schema: { type: 'null' }, value: null }),
)
const choice = fc
  .tuple(scalar, fc.array(scalar, { maxLength: 3 }))
  .map(([value, others]): Pair => ({ schema: { enum: [...others, value] }, value }))

const propertyName = fc.oneof(
  fc.constantFrom('constructor', 'toString', 'type', 'a/b', 'a~b', 'a.b'),
  fc.stringMatching(/^[a-z]{1,2}$/),
)

function list(item: fc.Arbitrary<Pair>): fc.Arbitrary<Pair> {
  return fc.tuple(item, fc.nat(2), fc.nat(2)).map(([{ schema, value }, count, more]) => ({
    schema: { type: 'array', items: schema, minItems: Math.max(0, count - 1), maxItems: count + more },
    value: Array.from({ length: count }, () => value),
  }))
}

function object(inner: fc.Arbitrary<Pair>): fc.Arbitrary<Pair<ObjectSchema, JsonObject>> {
  const property = fc.record({
    name: propertyName,
    pair: inner,
    kind: fc.constantFrom('required', 'there', 'absent'),
  })
  const properties = fc.uniqueArray(property, { selector: ({ name }) => name, maxLength: 4 })
  return fc.tuple(properties, fc.boolean()).map(([all, additionalProperties]) => ({
    schema: {
      type: 'object',
      properties: Object.fromEntries(all.map(({ name, pair }) => [name, pair.schema])),
      required: all.filter(({ kind }) => kind === 'required').map(({ name }) => name),
      additionalProperties,
    },
    value: Object.fromEntries(
      all.filter(({ kind }) => kind !== 'absent').map(({ name, pair }) => [name, pair.value]),
    ),
  }))
}

const leaf = fc.oneof(text, integer, number, word, choice)
const shallow = fc.oneof(leaf, list(leaf), object(leaf))

/** A schema of a tool's arguments, and arguments that fit it by construction. */
export const schemaAndValue = object(fc.oneof(leaf, list(shallow), object(shallow)))
