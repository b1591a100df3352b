import { type OutputUnit, type Schema, type SchemaDraft, Validator } from '@cfworker/json-schema'
import { messageOf } from '../contract/errors.ts'
import type { JsonObject } from '../contract/protocol.ts'
import { cap, clean } from '../text/text.ts'
import { TooSlow, withinMs } from './timebox.ts'

const limitMs = 15
/** Perhaps the whole machine stood still, and not the check. */
const secondLimitMs = 30
const maxWordsCharacters = 500
/** Of a schema, and of what is checked against it: in the worst case each meets each. */
const maxQuickSchema = 300
const maxQuickValue = 200
/** They recurse, multiply, or run a stranger's regular expression. A property of such a name counts too: that is safe. */
const slowKeywords = new Set([
  ...['$ref', '$recursiveRef', '$dynamicRef', 'pattern', 'patternProperties', 'format', 'propertyNames'],
  ...['uniqueItems', 'contains'],
])

const validators = new WeakMap<JsonObject, Validator>()
const quick = new WeakMap<JsonObject, boolean>()
const passedOver = new WeakSet<JsonObject>()
/** Schemas that took too long are not tried again before this time. */
const slowUntil = new WeakMap<JsonObject, number>()
const restMs = 10_000

/**
 * Where and how `value` breaks `schema`, in words without a full stop; nothing where it fits, or where a part of the schema
 * cannot be applied (a `pattern` that is no Unicode regular expression), or takes too long to (a warning says so, of `what`): the server
 * judges for itself. MCP's default dialect is 2020-12.
 */
export function violation(schema: JsonObject, value: unknown, what: string): string | undefined {
  if (performance.now() < (slowUntil.get(schema) ?? 0)) return undefined
  try {
    return check(schema, value)
  } catch (error) {
    if (error instanceof TooSlow) passOver(schema, what, error)
    return undefined
  }
}

/** What makes a schema unusable, found by validating once; nothing where it is usable, be it slow. */
export function schemaProblem(schema: JsonObject): string | undefined {
  try {
    check(schema, {})
    return undefined
  } catch (error) {
    return error instanceof TooSlow ? undefined : messageOf(error)
  }
}

/** A schema that could take long, or a value that could, is given a short time only. */
function check(schema: JsonObject, value: unknown): string | undefined {
  const work = () => firstViolation(schema, value)
  if (isQuick(schema) && isSmall(value, maxQuickValue)) return work()
  try {
    return withinMs(limitMs, work)
  } catch (error) {
    if (!(error instanceof TooSlow)) throw error
    return withinMs(secondLimitMs, work)
  }
}

function passOver(schema: JsonObject, what: string, { message }: TooSlow): void {
  slowUntil.set(schema, performance.now() + restMs)
  if (passedOver.has(schema)) return
  passedOver.add(schema)
  process.emitWarning(`${what} cannot be checked against its schema: ${message}`, 'SwitchboardWarning')
}

/** Few keywords, each of which looks at a value once. */
function isQuick(schema: JsonObject): boolean {
  const known = quick.get(schema)
  if (known !== undefined) return known
  const isOne = isSmall(schema, maxQuickSchema, slowKeywords)
  quick.set(schema, isOne)
  return isOne
}

/** Few values in all, and none under a key of these. */
function isSmall(value: unknown, maxValues: number, without?: ReadonlySet<string>): boolean {
  const left = [value]
  for (let seen = 0; left.length > 0; seen++) {
    const next = left.pop()
    if (seen + left.length > maxValues) return false
    if (typeof next === 'string' && next.length > maxValues) return false
    if (typeof next !== 'object' || next === null) continue
    // Before its keys are listed, which takes 0.1 s for a list of a million.
    if (Array.isArray(next) && next.length > maxValues) return false
    for (const key in next) if (without?.has(key)) return false
    const inner = Object.values(next)
    if (inner.length > maxValues) return false
    left.push(...inner)
  }
  return true
}

function firstViolation(schema: JsonObject, value: unknown): string | undefined {
  // The last unit is the innermost place; those before it repeat it from further out. Without one, all is well.
  const unit = validatorOf(schema).validate(value).errors.at(-1)
  return unit === undefined ? undefined : cap(clean(inWords(unit)).replaceAll('\n', ' '), maxWordsCharacters)
}

/** Words for a caller where the validator's own are for developers. */
function inWords({ keyword, instanceLocation, error }: OutputUnit): string {
  const place = decodeURIComponent(instanceLocation.slice('#/'.length))
  const [first = '', ...others] = [...error.matchAll(/"([^"]*)"/g)].map(([, quoted]) => quoted ?? '')
  if (keyword === 'required') return `${place === '' ? '' : `${place}/`}${first} is missing`
  if (keyword === 'type') {
    const types = others.join(' or ')
    return place === ''
      ? `type ${types} is needed, not ${first}`
      : `${place} must be of type ${types}, not ${first}`
  }
  if (keyword === 'enum' || keyword === 'const') {
    const wanted = possibleValues(error, keyword)
    return place === '' ? `${wanted} is needed` : `${place} must be ${wanted}`
  }
  if (place !== '') {
    if (keyword === 'false') return `${place} is not known`
    if (keyword === 'minLength' && error.includes('(0 <')) return `${place} is empty`
  }
  const words = error.replace(/\.$/, '')
  return place === '' ? words : `${place}: ${words}`
}

/** As JSON, in which the validator's own words end. */
function possibleValues(error: string, keyword: 'enum' | 'const'): string {
  const before = { enum: 'Instance does not match any of ', const: 'Instance does not match ' }
  const json = error.slice(before[keyword].length, -'.'.length)
  const values: unknown = keyword === 'enum' ? JSON.parse(json) : undefined
  if (!Array.isArray(values)) return json
  const shown = values.map((value) => JSON.stringify(value))
  return shown.length === 1 ? shown.join() : `one of ${shown.join(', ')}`
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
