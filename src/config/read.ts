import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
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
  return parseServers(readEntries(file), environment, dirname(resolve(file)))
}

/** What a configuration file says under `mcpServers`, no variable expanded. @throws as `readConfiguration` */
export function readEntries(file: string): Readonly<Record<string, unknown>> {
  const result = fileSchema.safeParse(parseJson(readText(resolve(file)), file))
  if (result.success) return result.data.mcpServers
  throw new SwitchboardError(
    'wrong_form',
    `${file}: no object "mcpServers" in it; write { "mcpServers": { "name": { "command": … } } }`,
  )
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
    if (error instanceof Error && 'code' in error && error.code === 'EISDIR') {
      throw new SwitchboardError('file_unreadable', `${path}: is a folder; name the file in it with --config`)
    }
    throw new SwitchboardError('file_unreadable', `${path}: cannot be read: ${messageOf(error)}`)
  }
}

/** JSON with comments and trailing commas. @throws SwitchboardError `not_json`: says where, and nothing of what stands there */
export function parseJson(text: string, file: string): JsonObject | unknown {
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
