import type { z } from 'zod'
import { serverOptionsSchema } from '../../src/config/definition.ts'
import type { Tool } from '../../src/contract/protocol.ts'
import { Directory, type ServerReport } from '../../src/machines/directory.ts'
import { tool } from './scripted-server.ts'

export type Options = z.input<typeof serverOptionsSchema>

/** When every test begins: an age is not a time. */
export const startedAt = 1_000_000

export function toolNamed(name: string, changes: Partial<Tool> = {}): Tool {
  return { ...tool, name, hash: `sha256-${name}`, ...changes }
}

/** Of a server that is ready and offers `charge`. */
export function reportOf(name: string, changes: Partial<ServerReport> = {}): ServerReport {
  return {
    ...{ name, state: 'ready', since: startedAt, generation: 1, transport: 'stdio', listed: true },
    ...{ tools: [tool], rejected: [], ...changes },
  }
}

export function toolsNamed(...names: string[]): { tools: Tool[] } {
  return { tools: names.map((name) => toolNamed(name)) }
}

export const nobody = { send: () => {} }

/** A directory of servers that hear nothing. */
export class ScriptedDirectory extends Directory {
  serve(name: string, changes: Partial<ServerReport> = {}, options: Options = {}): this {
    this.update(reportOf(name, changes), serverOptionsSchema.parse(options), nobody)
    return this
  }

  /** Function name → who offers it. */
  get offers(): Record<string, readonly string[]> {
    return Object.fromEntries(this.functions().map(({ name, servers }) => [name, servers]))
  }

  /** What was left out of what a server lists. */
  rejectedOf(server: string) {
    return this.statuses().find(({ name }) => name === server)?.rejected
  }
}
