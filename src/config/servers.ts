import { resolve } from 'node:path'
import { z } from 'zod'
import { nearest } from '../nearest.ts'
import { type ServerEntry, type ServerOptions, serverOptionsSchema, toolOptionsSchema } from './definition.ts'
import { type Environment, expand, UnsetVariable } from './expand.ts'
import { SealedTarget, type StdioTarget } from './sealed-target.ts'

export interface Configuration {
  entries: ServerEntry[]
  /** What was accepted and has no effect, one line each. */
  warnings: string[]
}

/** The keys that other clients write; those without an effect here are in `ignoredKeys`. */
const entrySchema = z.looseObject({
  type: z.enum(['stdio', 'http', 'streamable-http', 'streamableHttp', 'sse']).optional(),
  command: z.string().min(1).optional(),
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
  cwd: z.string().min(1).optional(),
  url: z.string().min(1).optional(),
  headers: z.record(z.string(), z.string()).default({}),
  disabled: z.boolean().default(false),
  switchboard: z.unknown().optional(),
})

type Entry = z.infer<typeof entrySchema>

const usedKeys = new Set(Object.keys(entrySchema.shape))

/** Longer than a call takes at a proxy with the default policy (`maxCallMs`, and patience): the end is the proxy's to tell. */
const proxyCallTimeoutMs = 150_000

class Problem extends Error {}

/** Reads the object under `mcpServers`; a wrong entry does not harm the others. `cwd` and `roots` are relative to `folder`. */
export function parseServers(
  servers: Readonly<Record<string, unknown>>,
  environment: Environment,
  folder?: string,
): Configuration {
  const entries: ServerEntry[] = []
  const warnings: string[] = []
  for (const [name, raw] of Object.entries(servers)) {
    try {
      const entry = parseEntry(raw, name)
      if (entry.disabled) continue
      for (const key of Object.keys(entry)) {
        if (!usedKeys.has(key)) warnings.push(inOneLine(`mcpServers.${name}.${key} has no effect here`))
      }
      const options = withRoots(parseOptions(entry.switchboard ?? {}, name), folder)
      const target = parseTarget(entry, name, environment, folder)
      if (options.roots !== undefined && target.kind === 'http') {
        warnings.push(inOneLine(`mcpServers.${name}.switchboard.roots has no effect over HTTP`))
      }
      entries.push({ name, definition: { name, target, options } })
    } catch (error) {
      if (!(error instanceof Problem || error instanceof UnsetVariable)) throw error
      entries.push({ name, problem: inOneLine(error.message) })
    }
  }
  return { entries, warnings }
}

/** Names may hold anything. */
function inOneLine(words: string): string {
  return words.replace(/\s+/g, ' ')
}

function parseEntry(raw: unknown, name: string): Entry {
  const result = entrySchema.safeParse(raw)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Problem(`mcpServers.${[name, ...(issue?.path ?? [])].join('.')}: ${issue?.message}`)
}

function parseOptions(raw: unknown, name: string): ServerOptions {
  const result = serverOptionsSchema.safeParse(raw)
  if (result.success) {
    const { data } = result
    return data.proxy ? { callTimeoutMs: proxyCallTimeoutMs, ...data } : data
  }
  const [issue] = result.error.issues
  const path = issue?.path ?? []
  const place = ['mcpServers', name, 'switchboard', ...path].join('.')
  if (issue?.code !== 'unrecognized_keys') throw new Problem(`${place}: ${issue?.message}`)
  const key = issue.keys[0] ?? ''
  const known = path[0] === 'tools' ? toolOptionsSchema.shape : serverOptionsSchema.shape
  throw new Problem(`${place}: unknown option "${key}"${nearest(key, Object.keys(known))}`)
}

function withRoots(options: ServerOptions, folder = ''): ServerOptions {
  const { roots } = options
  return roots === undefined ? options : { ...options, roots: roots.map((root) => resolve(folder, root)) }
}

function parseTarget(
  entry: Entry,
  name: string,
  environment: Environment,
  folder: string | undefined,
): SealedTarget {
  const place = `mcpServers.${name}`
  const { command, url } = entry
  if (command !== undefined && url !== undefined) {
    throw new Problem(`${place} has both "command" and "url"; keep the one that is meant`)
  }
  const expanded: string[] = []
  const expandOne = (text: string, key: string) =>
    expand(text, environment, `${place}.${key}`, (value) => expanded.push(value))
  const expandAll = (values: Record<string, string>, key: string) =>
    Object.fromEntries(Object.entries(values).map(([k, value]) => [k, expandOne(value, `${key}.${k}`)]))
  if (command !== undefined) {
    const target: StdioTarget = {
      kind: 'stdio',
      command: expandOne(command, 'command'),
      args: entry.args.map((argument, index) => expandOne(argument, `args.${index}`)),
      env: expandAll(entry.env, 'env'),
    }
    if (entry.cwd !== undefined) {
      const cwd = expandOne(entry.cwd, 'cwd')
      target.cwd = folder === undefined ? cwd : resolve(folder, cwd)
    }
    const texts = [target.command, target.cwd ?? '', ...target.args, ...Object.entries(target.env).flat()]
    if (texts.some((text) => text.includes('\0'))) {
      throw new Problem(`${place} holds a null character, which no process can be given; remove it`)
    }
    return new SealedTarget(target, expanded)
  }
  if (url === undefined) {
    const what = `${place} has neither "command" nor "url"`
    for (const key of Object.keys(entry)) {
      const meant = usedKeys.has(key) ? '' : nearest(key, ['command', 'url'])
      if (meant) throw new Problem(`${what}, but "${key}"${meant}`)
    }
    throw new Problem(`${what}; add the one that starts or reaches the server`)
  }
  const wholeUrl = expandOne(url, 'url')
  if (!URL.canParse(wholeUrl) || !/^https?:$/.test(new URL(wholeUrl).protocol)) {
    throw new Problem(`${place}.url is not an http or https URL`)
  }
  const { username, password } = new URL(wholeUrl)
  if (username !== '' || password !== '') {
    throw new Problem(`${place}.url holds a user name or a password; put credentials into "headers"`)
  }
  const headers = expandAll(entry.headers, 'headers')
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeader(name, value)) throw new Problem(`${place}.headers.${name} cannot stand in an HTTP header`)
  }
  return new SealedTarget({ kind: 'http', url: wholeUrl, headers }, expanded)
}

function isHeader(name: string, value: string): boolean {
  try {
    new Headers([[name, value]])
    return true
  } catch {
    return false
  }
}
