import { nearest } from '../text/nearest.ts'
import { oneLine } from '../text/text.ts'
import { type ServerEntry, type ServerOptions, serverOptionsSchema, toolOptionsSchema } from './definition.ts'
import { type Entry, EntryProblem, entryKeys, parseEntry } from './entry.ts'
import { type Environment, ReferenceProblem } from './expand.ts'
import type { ConfigurationFile } from './file.ts'
import { pathFrom } from './paths.ts'
import { parseTarget } from './target.ts'

export interface Configuration {
  entries: ServerEntry[]
  /** What was accepted and has no effect, one line each. */
  warnings: string[]
}

/** Longer than a call takes at a proxy with the default policy (`maxCallMs`, and patience): the end is the proxy's to tell. */
const proxyCallTimeoutMs = 150_000

/** Reads the object under `mcpServers`, or of the `file` in which it stands; a wrong entry does not harm the others. */
export function parseServers(
  servers: Readonly<Record<string, unknown>>,
  environment: Environment,
  file?: Omit<ConfigurationFile, 'servers'>,
): Configuration {
  const entries: ServerEntry[] = []
  const warnings: string[] = []
  for (const [name, raw] of Object.entries(servers)) {
    const place = `${file?.key ?? 'mcpServers'}.${name}`
    try {
      const entry = parseEntry(raw, place)
      if (entry.disabled) continue
      const options = optionsOf(entry, place, file?.folder)
      const target = parseTarget(entry, { place, environment, source: file, cwd: file?.cwd })
      const idle = withoutEffect(entry, options, target.kind)
      warnings.push(...idle.map((words) => oneLine(`${place}.${words}`)))
      entries.push({ name, definition: { name, target, options } })
    } catch (error) {
      if (!(error instanceof EntryProblem || error instanceof ReferenceProblem)) throw error
      // Names may hold anything.
      entries.push({ name, problem: oneLine(error.message) })
    }
  }
  return { entries, warnings }
}

function withoutEffect(entry: Entry, { roots }: ServerOptions, kind: 'stdio' | 'http'): string[] {
  const unknown = Object.keys(entry).filter((key) => !entryKeys.has(key))
  const lines = unknown.map((key) => `${key} has no effect here`)
  if (kind === 'stdio') return lines
  if (entry.envFile !== undefined) lines.push('envFile has no effect over HTTP')
  if (roots !== undefined) lines.push('switchboard.roots has no effect over HTTP')
  return lines
}

function optionsOf(entry: Entry, place: string, folder: string | undefined): ServerOptions {
  const options = parseOptions(entry.switchboard ?? {}, place)
  const { roots, exclude } = options
  return {
    ...options,
    ...(roots === undefined ? {} : { roots: roots.map((root) => pathFrom(folder ?? '', root)) }),
    exclude: [...exclude, ...entry.disabledTools],
  }
}

function parseOptions(raw: unknown, server: string): ServerOptions {
  const result = serverOptionsSchema.safeParse(raw)
  if (result.success) {
    const { data } = result
    return data.proxy ? { callTimeoutMs: proxyCallTimeoutMs, ...data } : data
  }
  const [issue] = result.error.issues
  const path = issue?.path ?? []
  const place = [server, 'switchboard', ...path].join('.')
  if (issue?.code !== 'unrecognized_keys') throw new EntryProblem(`${place}: ${issue?.message}`)
  const key = issue.keys[0] ?? ''
  const known = path[0] === 'tools' ? toolOptionsSchema.shape : serverOptionsSchema.shape
  throw new EntryProblem(`${place}: unknown option "${key}"${nearest(key, Object.keys(known))}`)
}
