import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser'
import { z } from 'zod'
import { messageOf, SwitchboardError } from '../errors.ts'
import type { JsonObject } from '../protocol.ts'
import type { Environment } from './expand.ts'
import { type Configuration, parseServers } from './servers.ts'

const fileSchema = z.looseObject({ mcpServers: z.record(z.string(), z.unknown()) })

/**
 * Reads a configuration file in the form that other MCP clients use. Comments and trailing commas are allowed.
 * @throws SwitchboardError `file_missing`, `file_unreadable`, `not_json`, `wrong_form`
 */
export function readConfiguration(file: string, environment: Environment): Configuration {
  const path = resolve(file)
  const value = parseJson(readText(path), file)
  const result = fileSchema.safeParse(value)
  if (!result.success) {
    throw new SwitchboardError(
      'wrong_form',
      `${file}: no object "mcpServers" in it; write { "mcpServers": { "name": { "command": … } } }`,
    )
  }
  const configuration = parseServers(result.data.mcpServers, environment)
  for (const entry of configuration.entries) {
    const target = entry.definition?.target
    if (target?.kind === 'stdio' && target.cwd !== undefined && !isAbsolute(target.cwd)) {
      target.cwd = resolve(dirname(path), target.cwd)
    }
  }
  return configuration
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (missing) {
      throw new SwitchboardError(
        'file_missing',
        `${path}: no such file; create it, or name another with --config`,
      )
    }
    throw new SwitchboardError('file_unreadable', `${path}: cannot be read: ${messageOf(error)}`)
  }
}

function parseJson(text: string, file: string): JsonObject | unknown {
  const errors: ParseError[] = []
  const value: unknown = parse(text, errors, { allowTrailingComma: true })
  const [error] = errors
  if (error) {
    const before = text.slice(0, error.offset).split('\n')
    const line = before.length
    const column = (before.at(-1)?.length ?? 0) + 1
    const what = printParseErrorCode(error.error)
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
    throw new SwitchboardError(
      'not_json',
      `${file}:${line}:${column}: not JSON (${what}); correct it at that place`,
    )
  }
  return value
}
