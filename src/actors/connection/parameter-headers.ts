import { isObject } from '../../contract/json.ts'
import type { JsonObject } from '../../contract/protocol.ts'
import { dataKeys } from './tidy.ts'

const headerKey = 'x-mcp-header'
/** RFC 9110, 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const plainValue = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/
const encodedValue = /^=\?base64\?.*\?=$/s
const mirrored = new Set(['string', 'integer', 'boolean'])

/** An argument that goes along as a header. */
export interface ParameterHeader {
  path: string[]
  name: string
}

/**
 * The arguments that a tool wants to see as `Mcp-Param-*` headers (MCP 2026-07-28, "Custom Headers from Tool Parameters"), or
 * why its declarations break the rules: such a tool must not be used over HTTP.
 */
export function parameterHeaders(inputSchema: JsonObject): ParameterHeader[] | string {
  const headers: ParameterHeader[] = []
  const names = new Set<string>()
  const problem = visit(inputSchema, [], true)
  return problem ?? headers

  function visit(node: unknown, path: string[], isReachable: boolean): string | undefined {
    if (Array.isArray(node)) return firstOf(node.map((one) => () => visit(one, path, false)))
    if (!isObject(node)) return undefined
    const { properties, ...others } = node
    if (headerKey in others) {
      const fault = declare(others, path, isReachable)
      if (fault !== undefined) return `${path.join('.') || 'inputSchema'}: ${headerKey} ${fault}`
    }
    const named = Object.entries(isObject(properties) ? properties : {})
    return firstOf([
      ...named.map(
        ([name, one]) =>
          () =>
            visit(one, [...path, name], isReachable),
      ),
      ...Object.entries(others)
        .filter(([key]) => !dataKeys.has(key))
        .map(
          ([, one]) =>
            () =>
              visit(one, path, false),
        ),
    ])
  }

  function declare(schema: JsonObject, path: string[], isReachable: boolean): string | undefined {
    const { [headerKey]: name, type } = schema
    if (typeof name !== 'string' || !token.test(name)) return 'is no name of a header'
    if (!isReachable || path.length === 0) return 'may stand in properties only'
    if (typeof type !== 'string' || !mirrored.has(type)) return 'is for string, integer and boolean only'
    if (names.has(name.toLowerCase())) return `names ${name} twice`
    names.add(name.toLowerCase())
    headers.push({ path, name })
    return undefined
  }
}

/** Of the arguments that are there. */
export function headersOf(declared: readonly ParameterHeader[], args: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const { path, name } of declared) {
    const value = valueAt(args, path)
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      headers[`Mcp-Param-${name}`] = headerValue(String(value))
    }
  }
  return headers
}

/** What a header cannot hold as it is goes as Base64. */
function headerValue(text: string): string {
  if (plainValue.test(text) && !encodedValue.test(text)) return text
  return `=?base64?${Buffer.from(text).toString('base64')}?=`
}

function valueAt(args: JsonObject, path: readonly string[]): unknown {
  let value: unknown = args
  for (const name of path) value = isObject(value) ? value[name] : undefined
  return value
}

function firstOf(checks: (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const problem = check()
    if (problem !== undefined) return problem
  }
  return undefined
}
