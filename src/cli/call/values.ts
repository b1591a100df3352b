import { z } from 'zod'
import { isObject } from '../../contract/json.ts'
import type { JsonObject } from '../../contract/protocol.ts'
import { UsageError } from '../failure.ts'
import { isExact, parseExactJson } from './exact-json.ts'

const types = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'] as const
type Type = (typeof types)[number]

const schemasSchema = z.array(z.unknown()).catch([])
const recordSchema = z.record(z.string(), z.unknown()).catch({})

/** A JSON number, and nothing else that JavaScript would take for one. */
const numberPattern = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/
const maxReferences = 20

interface Found {
  schema: JsonObject
  /** Where its `$ref`s lead. */
  root: JsonObject
}

/** Of a property in an object's schema; one without any limit where it says nothing. */
export function schemaOf(root: JsonObject, key: string): Found {
  const { schema } = resolved(root, root)
  const properties = recordSchema.parse(schema.properties)
  const found = Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties
  return resolved(found, root)
}

/** All that an object's schema names; nothing where others may be meant, too. */
export function namedKeys(root: JsonObject): string[] | undefined {
  const { schema } = resolved(root, root)
  const { properties, additionalProperties = false } = schema
  const mayMeanMore = ['patternProperties', 'allOf', 'anyOf', 'oneOf'].some((keyword) => keyword in schema)
  const isAll = isObject(properties) && additionalProperties === false && !mayMeanMore
  return isAll ? Object.keys(properties) : undefined
}

/**
 * What `texts` stand for where a value of this schema is due: several are an array. A text that can stand for nothing that
 * fits stays a text, and the call's own check says what is wrong with it. @throws UsageError
 */
export function valueFor(key: string, texts: readonly string[], found: Found): unknown {
  const [text = '', ...others] = texts
  const allowed = typesOf(found)
  const takesList = allowed.has('array')
  const isWritten = text.trimStart().startsWith('[') && others.length === 0
  if (takesList && !isWritten && (others.length > 0 || !allowed.has('string'))) {
    const items = resolved(found.schema.items, found.root)
    return texts.map((one) => single(key, one, items))
  }
  if (others.length > 0) throw new UsageError(`${key} is given ${texts.length} times, and takes one value`)
  return single(key, text, found)
}

function single(key: string, text: string, found: Found): unknown {
  const allowed = typesOf(found)
  if (allowed.has('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  if (allowed.has('null') && text === 'null') return null
  const isNumber = allowed.has('number') || allowed.has('integer')
  if (isNumber && numberPattern.test(text) && isExact(text)) return Number(text)
  const isWritten =
    (allowed.has('object') && text.trimStart().startsWith('{')) ||
    (allowed.has('array') && text.trimStart().startsWith('['))
  // Where a text would fit as well, what is no JSON is one.
  if (isWritten && allowed.has('string')) return written(key, text) ?? text
  if (isWritten) return parseExactJson(text, key)
  return text
}

function written(key: string, text: string): unknown {
  try {
    return parseExactJson(text, key)
  } catch {
    return undefined
  }
}

function resolved(schema: unknown, root: JsonObject): Found {
  let found = isObject(schema) ? schema : {}
  for (let left = maxReferences; left > 0 && typeof found.$ref === 'string'; left--) {
    found = pointedAt(root, found.$ref)
  }
  return { schema: found, root }
}

/** Within the same schema only (RFC 6901). */
function pointedAt(root: JsonObject, reference: string): JsonObject {
  if (!reference.startsWith('#')) return {}
  const path = decodedFragment(reference).split('/').slice(1)
  const found = path.reduce<unknown>((value, part) => {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  }, root)
  return isObject(found) ? found : {}
}

function decodedFragment(reference: string): string {
  try {
    return decodeURIComponent(reference.slice(1))
  } catch {
    return reference.slice(1)
  }
}

/** Of a value that the schema lets pass, as far as it says; where it says nothing, a text, a list or an object. */
function typesOf({ schema, root }: Found, seen = new Set<unknown>()): Set<Type> {
  // Alternatives that refer to themselves add nothing, and would be followed for ever.
  if (seen.has(schema)) return new Set()
  seen.add(schema)
  const { type, enum: choices, const: only, anyOf, oneOf } = schema
  const named = [type].flat().filter((one): one is Type => types.some((known) => known === one))
  if (named.length > 0) return new Set(named)
  const values = [...schemasSchema.parse(choices), ...(only === undefined ? [] : [only])]
  if (values.length > 0) return new Set(values.map(typeOf))
  const alternatives = [...schemasSchema.parse(anyOf), ...schemasSchema.parse(oneOf)]
  if (alternatives.length > 0) {
    return new Set(alternatives.flatMap((one) => [...typesOf(resolved(one, root), seen)]))
  }
  return new Set(['string', 'array', 'object'])
}

function typeOf(value: unknown): Type {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return 'number'
  if (typeof value === 'boolean') return 'boolean'
  return typeof value === 'object' ? 'object' : 'string'
}
