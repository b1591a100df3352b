import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser'
import { z } from 'zod'
import { parseJson } from '../../config/json.ts'
import { SwitchboardError } from '../../contract/errors.ts'
import type { JsonObject } from '../../contract/protocol.ts'
import { indentAt, layoutOf, withProperty, written } from './insert.ts'

export interface Addition {
  name: string
  entry: JsonObject
  /** Stands above it, a line or more. */
  comment: string
}

const serversSchema = z.record(z.string(), z.unknown()).optional()
const fileSchema = z.object({ mcpServers: serversSchema, servers: serversSchema })

const emptyFile = `// MCP servers, in the form that other MCP clients use; comments and trailing commas are allowed.
// \${NAME} is the environment variable NAME. The commands of \`switchboard\` also read .env beside this file.
// A tool that calls itself destructive asks for the caller's yes. Of others you say it yourself, beside "command" or "url":
//   "switchboard": { "tools": { "send_email": { "confirm": true } } }
{
  "mcpServers": {}
}
`

/** What stands in a file already, by name. @throws SwitchboardError `not_json`, `wrong_form` */
export function serversIn(text: string | undefined, file: string): ReadonlyMap<string, unknown> {
  if (!text?.trim()) return new Map()
  const result = fileSchema.safeParse(parseJson(text, file))
  if (!result.success) {
    const problem = 'is not an object with an object "mcpServers"; correct it, or name another with --out'
    throw new SwitchboardError('wrong_form', `${file}: ${problem}`)
  }
  const { mcpServers, servers = {} } = result.data
  return new Map(Object.entries(mcpServers ?? servers))
}

/** The text of a file, which `serversIn` accepts, with further servers in it; comments and everything else stay. */
export function withServers(text: string | undefined, additions: readonly Addition[]): string {
  const before = text?.trim() ? text : emptyFile
  // VS Code's file has another key.
  const key = !nodeAt(before, ['mcpServers']) && nodeAt(before, ['servers']) ? 'servers' : 'mcpServers'
  const root = nodeAt(before, [])
  const started =
    root && !nodeAt(before, [key]) ? withProperty(before, root, { name: key, value: {} }) : before
  return additions.reduce((current, { name, entry, comment }) => {
    const servers = nodeAt(current, [key])
    const present = nodeAt(current, [key, name])
    if (present) return withValue(current, present, entry)
    return servers ? withProperty(current, servers, { name, value: entry, comment }) : current
  }, started)
}

function withValue(text: string, { offset, length }: Node, value: unknown): string {
  const shown = written(value, indentAt(text, offset), layoutOf(text))
  return `${text.slice(0, offset)}${shown}${text.slice(offset + length)}`
}

function nodeAt(text: string, path: string[]): Node | undefined {
  const tree = parseTree(text.replace(/^\uFEFF/, ' '), [], { allowTrailingComma: true })
  return tree && findNodeAtLocation(tree, path)
}
