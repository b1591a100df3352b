import { nearest } from '../text/nearest.ts'
import { type Entry, EntryProblem, entryKeys } from './entry.ts'
import { readEnvFile } from './env-file.ts'
import { type Environment, expand, type ReferenceSource } from './expand.ts'
import { pathFrom } from './paths.ts'
import { SealedTarget, type StdioTarget } from './sealed-target.ts'

/** Where an entry stands, and what it may refer to. */
export interface EntrySurroundings {
  /** As a person finds it: `mcpServers.bank`. */
  place: string
  environment: Environment
  /** Of a file; an object given to `createSwitchboard` has none, and its paths are those of this process. */
  source: ReferenceSource | undefined
  /** Where a process is started whose entry does not say it. */
  cwd: string | undefined
}

/** @throws EntryProblem, ReferenceProblem */
export function parseTarget(entry: Entry, surroundings: EntrySurroundings): SealedTarget {
  const { key, text } = targetOf(entry, surroundings.place)
  return key === 'command'
    ? commandTarget(text, entry, surroundings)
    : httpTarget(text, key, entry, surroundings)
}

/** What starts or reaches the server, as it is written, and its key. @throws EntryProblem */
export function targetOf(entry: Entry, place: string): { key: (typeof targetKeys)[number]; text: string } {
  const [target, other] = targetKeys.flatMap((key) => {
    const text = entry[key]
    return text === undefined ? [] : [{ key, text }]
  })
  if (target && other) {
    throw new EntryProblem(`${place} has both "${target.key}" and "${other.key}"; keep the one that is meant`)
  }
  if (target) return target
  const what = `${place} has neither "command" nor "url"`
  for (const key of Object.keys(entry)) {
    const meant = entryKeys.has(key) ? '' : nearest(key, ['command', 'url'])
    if (meant) throw new EntryProblem(`${what}, but "${key}"${meant}`)
  }
  throw new EntryProblem(`${what}; add the one that starts or reaches the server`)
}

const targetKeys = ['command', 'url', 'serverUrl'] as const

function commandTarget(command: string, entry: Entry, surroundings: EntrySurroundings): SealedTarget {
  const { place, source, cwd } = surroundings
  const { expandOne, expandAll, expanded } = expander(surroundings)
  const path = (text: string, key: string) => pathFrom(source?.folder ?? '', expandOne(text, key))
  const target: StdioTarget = {
    kind: 'stdio',
    command: expandOne(command, 'command'),
    args: entry.args.map((argument, index) => expandOne(argument, `args.${index}`)),
    env: {
      ...(entry.envFile === undefined ? {} : readEnvFile(path(entry.envFile, 'envFile'), `${place}.envFile`)),
      ...expandAll(givenVariables(entry.env), 'env'),
    },
  }
  if (entry.cwd !== undefined) target.cwd = source ? path(entry.cwd, 'cwd') : expandOne(entry.cwd, 'cwd')
  else if (cwd !== undefined) target.cwd = cwd
  const texts = [target.command, target.cwd ?? '', ...target.args, ...Object.entries(target.env).flat()]
  if (texts.some((text) => text.includes('\0'))) {
    throw new EntryProblem(`${place} holds a null character, which no process can be given; remove it`)
  }
  return new SealedTarget(target, expanded)
}

function givenVariables(env: Entry['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  )
}

function httpTarget(url: string, key: string, entry: Entry, surroundings: EntrySurroundings): SealedTarget {
  const { place } = surroundings
  const { expandOne, expandAll, expanded } = expander(surroundings)
  const wholeUrl = expandOne(url, key)
  if (!URL.canParse(wholeUrl) || !/^https?:$/.test(new URL(wholeUrl).protocol)) {
    throw new EntryProblem(`${place}.${key} is not an http or https URL`)
  }
  const { username, password } = new URL(wholeUrl)
  if (username !== '' || password !== '') {
    throw new EntryProblem(`${place}.${key} holds a user name or a password; put credentials into "headers"`)
  }
  const headers = expandAll(entry.headers, 'headers')
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeader(name, value)) {
      throw new EntryProblem(`${place}.headers.${name} cannot stand in an HTTP header`)
    }
  }
  return new SealedTarget({ kind: 'http', url: wholeUrl, headers }, expanded)
}

/** `expanded`: what stood for each reference so far. */
function expander({ place, environment, source }: EntrySurroundings) {
  const expanded: string[] = []
  const expandOne = (text: string, key: string) =>
    expand(text, environment, `${place}.${key}`, (value) => expanded.push(value), source)
  const expandAll = (values: Record<string, string>, key: string) =>
    Object.fromEntries(Object.entries(values).map(([k, value]) => [k, expandOne(value, `${key}.${k}`)]))
  return { expandOne, expandAll, expanded }
}

function isHeader(name: string, value: string): boolean {
  try {
    new Headers([[name, value]])
    return true
  } catch {
    return false
  }
}
