import { isObject } from '../../contract/json.ts'
import type { JsonObject } from '../../contract/protocol.ts'
import { RequestError, type SessionInput } from './wire.ts'

const namePattern = /^[a-zA-Z0-9_-]+$/
const maxNameCharacters = 64
const maxTools = 128
const maxDescriptionCharacters = 1024
const forbiddenAtRoot = ['oneOf', 'anyOf', 'allOf', 'enum', 'not']
const innerSchemas = [
  'items',
  'additionalProperties',
  'not',
  'contains',
  'propertyNames',
  'if',
  'then',
  'else',
]
const innerLists = ['oneOf', 'anyOf', 'allOf', 'prefixItems']
const innerMaps = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']

/** Throws what OpenAI answers to a list of tools that it does not take, in its words as far as they are known. */
export function checkToolList(tools: NonNullable<SessionInput['tools']>): void {
  const refuse = (code: string, param: string, problem: string): never => {
    throw new RequestError(code, problem, param)
  }
  if (tools.length > maxTools) {
    const problem = `Invalid 'session.tools': array too long. Expected an array with maximum length ${maxTools}, but got an array with length ${tools.length} instead.`
    refuse('array_above_max_length', 'session.tools', problem)
  }
  for (const [index, tool] of tools.entries()) {
    const { name, description, parameters } = tool
    const at = `session.tools[${index}]`
    const unknown = Object.keys(tool).find(
      (key) => !['type', 'name', 'description', 'parameters'].includes(key),
    )
    if (unknown !== undefined)
      refuse('unknown_parameter', `${at}.${unknown}`, `Unknown parameter: '${at}.${unknown}'.`)
    if (!namePattern.test(name)) {
      const problem = `Invalid '${at}.name': string does not match pattern. Expected a string that matches the pattern '${namePattern.source}'.`
      refuse('invalid_value', `${at}.name`, problem)
    }
    for (const [key, text, most] of [
      ['name', name, maxNameCharacters],
      ['description', description ?? '', maxDescriptionCharacters],
    ] as const) {
      if (text.length <= most) continue
      const problem = `Invalid '${at}.${key}': string too long. Expected a string with maximum length ${most}, but got a string with length ${text.length} instead.`
      refuse('string_above_max_length', `${at}.${key}`, problem)
    }
    const problem = parameters === undefined ? undefined : problemOfRoot(parameters)
    if (problem !== undefined) {
      const words = `Invalid schema for function '${name}': ${problem}`
      refuse('invalid_function_parameters', `${at}.parameters`, words)
    }
    if (tools.findIndex((other) => other.name === name) < index)
      refuse('invalid_value', at, `Duplicate tool name: '${name}'.`)
  }
}

function problemOfRoot(parameters: unknown): string | undefined {
  if (!isObject(parameters)) return `${JSON.stringify(parameters)} is not of type 'object', 'boolean'.`
  if (parameters.type === undefined) {
    return 'schema must be a JSON Schema of \'type: "object"\', got \'type: "None"\'.'
  }
  if (parameters.type !== 'object' || forbiddenAtRoot.some((keyword) => parameters[keyword] !== undefined)) {
    return "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level."
  }
  return problemOf(parameters, parameters, [])
}

function problemOf(root: JsonObject, schema: unknown, path: string[]): string | undefined {
  if (typeof schema === 'boolean') return undefined
  if (!isObject(schema)) return `${JSON.stringify(schema)} is not of type 'object', 'boolean'.`
  const context = `In context=(${path.map((part) => `'${part}'`).join(', ')}), `
  const types = [schema.type].flat()
  if (types.includes('object') && schema.properties === undefined)
    return `${context}object schema missing properties.`
  if (types.includes('array') && schema.items === undefined) return `${context}array schema missing items.`
  if (typeof schema.pattern === 'string' && /\(\?<?[=!]/.test(schema.pattern))
    return `${context}regex lookaround is not supported.`
  if (typeof schema.$ref === 'string' && !exists(root, schema.$ref))
    return `${context}reference can not be resolved: '${schema.$ref}'.`
  const inner: [string[], unknown][] = [
    ...innerSchemas.map((key): [string[], unknown] => [[key], schema[key]]),
    ...innerLists.flatMap((key) => entriesOf(schema[key]).map(([name, one]) => wrap(key, name, one))),
    ...innerMaps.flatMap((key) => entriesOf(schema[key]).map(([name, one]) => wrap(key, name, one))),
  ]
  for (const [step, one] of inner) {
    const problem = one === undefined ? undefined : problemOf(root, one, [...path, ...step])
    if (problem !== undefined) return problem
  }
  return undefined
}

const wrap = (key: string, name: string, schema: unknown): [string[], unknown] => [[key, name], schema]

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function exists(root: JsonObject, reference: string): boolean {
  if (!reference.startsWith('#')) return false
  let found: unknown = root
  for (const part of reference.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    found = entriesOf(found).find(([name]) => name === key)?.[1]
  }
  return found !== undefined
}
