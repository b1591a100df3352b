import { isObject } from '../../contract/json.ts'
import type { JsonObject } from '../../contract/protocol.ts'
import {
  isAcceptedPattern,
  plainKeywords,
  resolve,
  type Schema,
  schemaKeywords,
  schemaListKeywords,
  schemaMapKeywords,
  schemasIn,
} from './accepted-keywords.ts'
import { withObjectRoot } from './object-root.ts'

/** Deeper than this, anything goes: a stranger's schema must not overflow the stack. */
const maxDepth = 24

/**
 * A tool's input schema as OpenAI's Realtime API accepts it: one schema that it refuses costs the model the whole list. The
 * same meaning where it can be kept, and a looser one otherwise, since arguments are checked against the server's own schema
 * before they are sent. Nothing for a tool whose arguments are not an object.
 *
 * What is refused is documented only in part. From OpenAI's error messages: a root that is not `type: "object"` or has
 * `oneOf`, `anyOf`, `allOf`, `enum` or `not`; an object without `properties`; an array without `items`; what its meta-schema
 * forbids; references that lead nowhere; patterns that look around.
 */
export function acceptedParameters(inputSchema: JsonObject): JsonObject | undefined {
  const parameters = withObjectRoot(repairedObject(inputSchema, 0))
  if (parameters !== undefined) dropDeadReferences(parameters, parameters)
  return parameters
}

function repaired(schema: unknown, depth: number): Schema {
  if (typeof schema === 'boolean') return schema
  return isObject(schema) ? repairedObject(schema, depth) : {}
}

function repairedObject(schema: JsonObject, depth: number): JsonObject {
  if (depth > maxDepth) return {}
  const result: JsonObject = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (Object.hasOwn(plainKeywords, keyword)) {
      if (plainKeywords[keyword]?.(value)) result[keyword] = value
    } else if (schemaKeywords.includes(keyword)) result[keyword] = repaired(value, depth + 1)
    else if (schemaMapKeywords.includes(keyword) && isObject(value)) {
      const entries = Object.entries(value).filter(
        ([name]) => keyword !== 'patternProperties' || isAcceptedPattern(name),
      )
      result[keyword] = Object.fromEntries(entries.map(([name, inner]) => [name, repaired(inner, depth + 1)]))
    } else if (schemaListKeywords.includes(keyword) && Array.isArray(value) && value.length > 0) {
      result[keyword] = value.map((inner) => repaired(inner, depth + 1))
    }
  }
  describeFormat(schema, result)
  completeTypes(result)
  keepMeaning(schema, result)
  return result
}

/** A format that is not accepted still tells the model what to write. */
function describeFormat({ format }: JsonObject, result: JsonObject): void {
  if (typeof format !== 'string' || format === result.format || !/^[\w-]{1,40}$/.test(format)) return
  const before = typeof result.description === 'string' ? `${result.description.trimEnd()} ` : ''
  result.description = `${before}(${format})`
}

function completeTypes(result: JsonObject): void {
  const types = [result.type].flat()
  if (types.includes('object')) result.properties ??= {}
  if (types.includes('array')) result.items ??= {}
}

/** A keyword that negates, or that counts how many fit, would become stricter by what made others looser. */
function keepMeaning(schema: JsonObject, result: JsonObject): void {
  if (isChanged(schema.not, result.not)) delete result.not
  if (isChanged(schema.if, result.if)) for (const keyword of ['if', 'then', 'else']) delete result[keyword]
  if (isChanged(schema.contains, result.contains)) delete result.maxContains
  if (isChanged(schema.oneOf, result.oneOf)) {
    if (result.anyOf === undefined && result.oneOf !== undefined) result.anyOf = result.oneOf
    delete result.oneOf
  }
  const lost = (keyword: string): boolean =>
    schema[keyword] !== undefined && namesOf(schema[keyword]) !== namesOf(result[keyword])
  if (lost('properties') || lost('patternProperties')) delete result.additionalProperties
  if (schema.prefixItems !== undefined && result.prefixItems === undefined && 'items' in result)
    result.items = {}
}

function namesOf(map: unknown): string {
  return isObject(map) ? JSON.stringify(Object.keys(map)) : ''
}

function isChanged(before: unknown, after: unknown): boolean {
  if (before === undefined) return false
  const text = JSON.stringify(before)
  return text.includes('"$ref"') || text !== JSON.stringify(after)
}

/** References that lead nowhere, or round in a circle without ever saying anything. */
function dropDeadReferences(root: JsonObject, schema: unknown): void {
  if (!isObject(schema)) return
  if (schema.$ref !== undefined && !leadsSomewhere(root, schema)) delete schema.$ref
  for (const inner of schemasIn(schema)) dropDeadReferences(root, inner)
}

function leadsSomewhere(root: JsonObject, schema: JsonObject): boolean {
  const passed = new Set<unknown>()
  let at: unknown = schema
  while (isObject(at) && at.$ref !== undefined) {
    if (passed.has(at)) return false
    passed.add(at)
    at = resolve(root, at.$ref)
  }
  return isObject(at) || typeof at === 'boolean'
}
