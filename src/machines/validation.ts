import { type Schema, type SchemaDraft, Validator } from '@cfworker/json-schema'
import type { JsonObject } from '../protocol.ts'

const validators = new WeakMap<JsonObject, Validator>()

/** Where and how `value` breaks `schema`, in words; nothing where it fits. MCP's default dialect is 2020-12. */
export function violation(schema: JsonObject, value: unknown): string | undefined {
  const result = validatorOf(schema).validate(value)
  if (result.valid) return undefined
  // The last unit is the innermost place; those before it repeat it from further out.
  const unit = result.errors.at(-1)
  if (unit === undefined) return 'it does not fit its schema'
  const place = unit.instanceLocation.replace(/^#\/?/, '')
  return place === '' ? unit.error : `${place}: ${unit.error}`
}

/** What makes a schema unusable, found by validating once; nothing where it is usable. */
export function schemaProblem(schema: JsonObject): string | undefined {
  try {
    violation(schema, {})
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
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
