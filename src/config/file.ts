import { basename, dirname, resolve } from 'node:path'
import { z } from 'zod'
import { SwitchboardError } from '../contract/errors.ts'
import { type Input, parseInputs } from './inputs.ts'
import { parseJson } from './json.ts'
import { folderOf } from './paths.ts'
import { readText } from './text.ts'

/** A configuration file as it is written, no variable expanded. */
export interface ConfigurationFile {
  /** The key under which the servers stand; VS Code's is `servers`. */
  key: 'mcpServers' | 'servers'
  servers: Readonly<Record<string, unknown>>
  inputs: readonly Input[]
  /** Absolute: where relative paths begin, and what `${workspaceFolder}` is. */
  folder: string
  /** Where its servers are started if they name no folder. Default: that of this process. */
  cwd?: string
}

const serversSchema = z.record(z.string(), z.unknown())
const maybeServersSchema = serversSchema.optional().catch(undefined)
const fileSchema = z.looseObject({ mcpServers: maybeServersSchema, servers: maybeServersSchema })
const projectSchema = z.looseObject({
  mcpServers: serversSchema.default({}),
  disabledMcpServers: z.array(z.string()).catch([]),
})

/**
 * Reads the file of any of these clients: `mcpServers` of Claude Desktop, Cursor, Windsurf and Claude Code (`.mcp.json`, and
 * `~/.claude.json` with its entries for `project`), VS Code's `servers` and `inputs`.
 * @throws SwitchboardError `file_missing`, `file_unreadable`, `not_json`, `wrong_form`
 */
export function readConfigurationFile(file: string, project: string = process.cwd()): ConfigurationFile {
  const found = findServers(file, project)
  if (found) return found
  throw new SwitchboardError(
    'wrong_form',
    `${file}: no object "mcpServers" in it; write { "mcpServers": { "name": { "command": … } } }`,
  )
}

/** The same; nothing where the file has no servers. */
export function findServers(file: string, project: string): ConfigurationFile | undefined {
  const raw = parseJson(readText(resolve(file)), file)
  const result = fileSchema.safeParse(raw)
  const { mcpServers, servers, inputs, projects } = result.data ?? {}
  const ofProject = projectServers(projects, project, mcpServers)
  const folder = folderOf(file)
  if (mcpServers && servers) {
    throw new SwitchboardError(
      'wrong_form',
      `${file}: servers stand under "mcpServers" and under "servers"; put all of them under one`,
    )
  }
  if (servers) {
    const isOfWorkspace = basename(dirname(resolve(file))) === '.vscode'
    const started = isOfWorkspace ? { cwd: folder } : {}
    return { key: 'servers', servers, inputs: parseInputs(inputs, file), folder, ...started }
  }
  const found = ofProject ?? mcpServers
  return found && { key: 'mcpServers', servers: found, inputs: [], folder }
}

/**
 * Claude Code keeps servers of one project under its path, where they are started, and the names of those that are switched off
 * there. They go before `others`.
 */
function projectServers(
  projects: unknown,
  project: string,
  others: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> | undefined {
  const all = serversSchema.safeParse(projects).data
  const { data } = projectSchema.safeParse(all?.[project])
  if (!data) return undefined
  const own = Object.entries(data.mcpServers).map(([name, server]): [string, unknown] => {
    const isCommand = typeof server === 'object' && server !== null && 'command' in server
    return [name, isCommand ? { cwd: project, ...server } : server]
  })
  return Object.fromEntries(
    Object.entries({ ...others, ...Object.fromEntries(own) }).map(([name, server]) => [
      name,
      data.disabledMcpServers.includes(name) ? switchedOff(server) : server,
    ]),
  )
}

/** It stays what it is: somebody may want to import it all the same. */
function switchedOff(server: unknown): object {
  return { ...(typeof server === 'object' ? server : {}), disabled: true }
}
