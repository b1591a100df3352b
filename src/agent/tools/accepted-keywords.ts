import { isObject } from '../../contract/json.ts'
import type { JsonObject } from '../../contract/protocol.ts'

export type Schema = JsonObject | boolean

const typeNames = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])

/** OpenAI's guide to structured outputs, "Supported properties"; with others, strict functions are refused. */
const formats = new Set([
  ...['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid'],
])

const isText = (value: unknown): boolean => typeof value === 'string'
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0
const isNames = (value: unknown): boolean =>
  Array.isArray(value) && value.every(isText) && new Set(value).size === value.length

/** Keywords whose values are no schemas, and what each may hold; any other keyword means nothing to a model. */
export const plainKeywords: Record<string, (value: unknown) => boolean> = {
  title: isText,
  description: isText,
  $ref: isText,
  default: () => true,
  const: () => true,
  enum: (value) => Array.isArray(value) && value.length > 0,
  examples: (value) => Array.isArray(value),
  type: (value) =>
    (isNames(value) ? [value].flat().length > 0 : isText(value)) && [value].flat().every(isType),
  required: isNames,
  dependentRequired: (value) => isObject(value) && Object.values(value).every(isNames),
  pattern: isAcceptedPattern,
  format: (value) => isText(value) && formats.has(String(value)),
  multipleOf: (value) => isNumber(value) && Number(value) > 0,
  ...Object.fromEntries(
    ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map((name) => [name, isNumber]),
  ),
  ...Object.fromEntries(
    ['Length', 'Items', 'Properties', 'Contains'].flatMap((of) => [
      [`min${of}`, isCount],
      [`max${of}`, isCount],
    ]),
  ),
  ...Object.fromEntries(['uniqueItems', 'readOnly', 'writeOnly', 'deprecated'].map((name) => [name, isFlag])),
}

function isType(name: unknown): boolean {
  return typeNames.has(String(name))
}

export const schemaKeywords = [
  ...['items', 'additionalProperties', 'contains', 'propertyNames', 'not', 'if', 'then', 'else'],
]
export const schemaMapKeywords = [
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
]
export const schemaListKeywords = ['allOf', 'anyOf', 'oneOf', 'prefixItems']

/** The schemas right inside a repaired one. */
export function schemasIn(schema: JsonObject): unknown[] {
  return [
    ...schemaKeywords.map((keyword) => schema[keyword]),
    ...schemaMapKeywords.flatMap((keyword) => Object.values(schema[keyword] ?? {})),
    ...schemaListKeywords.flatMap((keyword) => schema[keyword] ?? []),
  ]
}

/** OpenAI refuses what looks around ("regex lookaround is not supported"), and what is no regular expression. */
export function isAcceptedPattern(pattern: unknown): boolean {
  if (typeof pattern !== 'string' || /\(\?<?[=!]/.test(pattern)) return false
  try {
    new RegExp(pattern, 'u')
    return true
  } catch {
    return false
  }
}

/** What a JSON pointer such as `#/$defs/Place` points at; undefined for any other reference. */
export function resolve(root: JsonObject, reference: unknown): unknown {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) return undefined
  let found: unknown = root
  for (const part of reference.split('/').slice(1)) {
    const key = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined
    found = Reflect.get(found, key)
  }
  return found
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
