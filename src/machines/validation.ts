import { type OutputUnit, type Schema, type SchemaDraft, Validator } from '@cfworker/json-schema'
import { messageOf } from '../errors.ts'
import type { JsonObject } from '../protocol.ts'

const validators = new WeakMap<JsonObject, Validator>()

/**
 * Where and how `value` breaks `schema`, in words without a full stop; nothing where it fits, or where a part of the schema
 * cannot be applied (a `pattern` that is no Unicode regular expression): the server judges for itself. MCP's default dialect
 * is 2020-12.
 */
export function violation(schema: JsonObject, value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'an object is needed'
  try {
    return firstViolation(schema, value)
  } catch {
    return undefined
  }
}

/** What makes a schema unusable, found by validating once; nothing where it is usable. */
export function schemaProblem(schema: JsonObject): string | undefined {
  try {
    firstViolation(schema, {})
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

function firstViolation(schema: JsonObject, value: unknown): string | undefined {
  const result = validatorOf(schema).validate(value)
  if (result.valid) return undefined
  // The last unit is the innermost place; those before it repeat it from further out.
  const unit = result.errors.at(-1)
  return unit === undefined ? 'it does not fit its schema' : inWords(unit)
}

/** Words for a caller where the validator's own are for developers. */
function inWords({ keyword, instanceLocation, error }: OutputUnit): string {
  const place = instanceLocation.replace(/^#\/?/, '')
  const [first = '', ...others] = [...error.matchAll(/"([^"]*)"/g)].map(([, quoted]) => quoted ?? '')
  if (keyword === 'required') return `${place === '' ? '' : `${place}/`}${first} is missing`
  if (place !== '') {
    if (keyword === 'false') return `${place} is not known`
    if (keyword === 'type') return `${place} must be of type ${others.join(' or ')}, not ${first}`
    if (keyword === 'minLength' && error.includes('(0 <')) return `${place} is empty`
  }
  const words = error.replace(/\.$/, '')
  return place === '' ? words : `${place}: ${words}`
}

function validatorOf(schema: JsonObject): Validator {
  const known = validators.get(schema)
  if (known) return known
  const validator = new Validator(schema satisfies Schema, draftOf(schema))
  validators.set(schema, validator)
  return validator
}

function draftOf(schema: JsonObject): SchemaDraft {
  const uri = typeof schema.$schema === 'string' ? schema.$schema : ''
  if (uri.includes('draft-07')) return '7'
  if (uri.includes('draft-04')) return '4'
  if (uri.includes('2019-09')) return '2019-09'
  return '2020-12'
}
