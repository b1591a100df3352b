import { isObject } from '../../contract/json.ts'
import type { JsonObject } from '../../contract/protocol.ts'
import { resolve } from './accepted-keywords.ts'

const maxReferences = 8
/** What the root of a function's parameters must not have, and what no longer holds when branches are put into one. */
const forbidden = ['$ref', 'allOf', 'anyOf', 'oneOf', 'enum', 'const', 'not']
const brokenByMerging = ['additionalProperties', 'patternProperties', 'if', 'then', 'else']

interface Shape {
  properties: JsonObject
  required: string[]
}

interface Reading {
  root: JsonObject
  /** Each schema is read once: branches that lead round, or share many others, would take for ever. */
  known: Map<JsonObject, Shape>
}

/** The same parameters with a root that is a plain object; nothing if they can never be an object. */
export function withObjectRoot(root: JsonObject): JsonObject | undefined {
  if (!canBeObject(root)) return undefined
  const reading: Reading = { root, known: new Map() }
  const branches = [root.$ref, root.allOf, root.anyOf, root.oneOf].some((value) => value !== undefined)
  const shape = branches ? shapeOf(reading, root) : ownShape(root)
  const alternatives = [root.oneOf, root.anyOf].flatMap((list) => (Array.isArray(list) ? [list] : []))
  const words = alternatives.map((list) => alternativesInWords(reading, list)).filter((found) => found !== '')
  const result: JsonObject = { ...root, type: 'object', ...shape }
  if (shape.required.length === 0 && root.required === undefined) delete result.required
  if (words.length > 0) {
    const before = typeof root.description === 'string' ? [root.description] : []
    result.description = [...before, ...words].join(' ')
  }
  for (const keyword of [...forbidden, ...(branches ? brokenByMerging : [])]) delete result[keyword]
  return result
}

function canBeObject({ type }: JsonObject): boolean {
  return type === undefined || [type].flat().includes('object')
}

function ownShape({ properties, required }: JsonObject): Shape {
  return {
    properties: isObject(properties) ? properties : {},
    required: Array.isArray(required) ? required.map(String) : [],
  }
}

/** A schema's own properties, with those of its branches: what all of them need is needed. */
function shapeOf(reading: Reading, schema: JsonObject): Shape {
  const known = reading.known.get(schema)
  if (known !== undefined) return known
  const shape = ownShape(schema)
  reading.known.set(schema, shape)
  const inside = (list: unknown): Shape[] =>
    objectsIn(reading.root, list).map((branch) => shapeOf(reading, branch))
  for (const branch of [...inside([{ $ref: schema.$ref }]), ...inside(schema.allOf)]) {
    shape.properties = { ...branch.properties, ...shape.properties }
    shape.required = distinct([...shape.required, ...branch.required])
  }
  for (const branches of [inside(schema.anyOf), inside(schema.oneOf)]) {
    shape.properties = { ...anyOfThem(branches), ...shape.properties }
    const [first, ...others] = branches
    const shared = first?.required.filter((name) => others.every(({ required }) => required.includes(name)))
    shape.required = distinct([...shape.required, ...(shared ?? [])])
  }
  return shape
}

/** Branches that an object can fit; a reference to another schema is followed. */
function objectsIn(root: JsonObject, list: unknown): JsonObject[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((branch) => {
    let schema: unknown = branch
    for (let step = 0; step < maxReferences && isObject(schema) && isOnlyReference(schema); step++) {
      schema = resolve(root, schema.$ref)
    }
    if (schema === true) return [{}]
    return isObject(schema) && !isOnlyReference(schema) && canBeObject(schema) ? [schema] : []
  })
}

function isOnlyReference(schema: JsonObject): boolean {
  const keywords = Object.keys(schema)
  return keywords.length === 1 && keywords[0] === '$ref'
}

function anyOfThem(branches: Shape[]): JsonObject {
  const names = distinct(branches.flatMap(({ properties }) => Object.keys(properties)))
  const entries = names.map((name): [string, unknown] => {
    const found = branches.flatMap(({ properties }) =>
      Object.hasOwn(properties, name) ? [properties[name]] : [],
    )
    const different = distinct(found.map((schema) => JSON.stringify(schema)))
    return [name, different.length === 1 ? found[0] : { anyOf: different.map((text) => JSON.parse(text)) }]
  })
  return Object.fromEntries(entries)
}

/** What the schema no longer says is said to the model in words. */
function alternativesInWords(reading: Reading, list: unknown[]): string {
  const sets = objectsIn(reading.root, list).map((branch) => shapeOf(reading, branch).required)
  const words = distinct(sets.map((names) => names.join(' and ')))
  return words.length < 2 || words.includes('') ? '' : `Give one of these: ${words.join('; or ')}.`
}

function distinct(values: string[]): string[] {
  return [...new Set(values)]
}
