import { join, resolve } from 'node:path'
import { isDeepStrictEqual, parseEnv } from 'node:util'
import { EntryProblem } from '../../config/entry.ts'
import type { Environment } from '../../config/expand.ts'
import { folderOf } from '../../config/paths.ts'
import { oneLine } from '../../text/text.ts'
import { type Converted, convert } from './convert.ts'
import { type Addition, serversIn, withServers } from './edit.ts'
import { canBeWritten, withVariables } from './env-lines.ts'
import { exampleServer } from './example.ts'
import { type FoundServer, freeName } from './find.ts'
import { type Variable, Variables } from './variables.ts'
import { readIfThere } from './write.ts'

/** Of a server whose name the file has already, with another content. */
export type OnConflict = 'keep' | 'replace' | 'rename'

/** What is to be done, as the user or the command line says. */
export interface Choice {
  /** The file to write. */
  out: string
  servers: readonly FoundServer[]
  example: boolean
  /** Into `.env`, in clear. */
  copySecrets: boolean
  /** Default: `keep`. */
  onConflict?: ReadonlyMap<string, OnConflict>
}

export interface FileChange {
  file: string
  before: string | undefined
  text: string
  /** Of a new file, and the most of one that is there. */
  mode: number
}

export interface Plan {
  file: string
  envFile: string
  /** To be written in this order; nothing where it stands there already. */
  changes: FileChange[]
  added: AddedServer[]
  skipped: SkippedServer[]
  /** To which the added servers refer. */
  variables: Variable[]
  /** Of them, those whose value goes into `.env`. */
  copied: string[]
}

export interface AddedServer {
  name: string
  from: string
  /** Keys that mean nothing here. */
  leftOut: string[]
}

export interface SkippedServer {
  name: string
  from: string
  why: 'same' | 'conflict' | 'problem'
  reason: string
}

/** What the files will be. Nothing is written. @throws SwitchboardError, UsageError for a file that cannot be extended */
export function planFor(choice: Choice, environment: Environment): Plan {
  const file = resolve(choice.out)
  const envFile = join(folderOf(file), '.env')
  const before = readIfThere(file)
  const envBefore = readIfThere(envFile)
  const there = serversIn(before, file)
  const variables = new Variables({ ...parseEnv(envBefore ?? ''), ...environment }, there)
  const additions = new Additions(folderOf(file), there, variables)
  for (const server of choice.servers) {
    additions.add(server, choice.onConflict?.get(server.name) ?? 'keep')
  }
  if (choice.example) additions.addExample()
  const { list, added, skipped } = additions
  const changes: FileChange[] = []
  const unset = variables.all.filter(({ isSet, isOptional }) => !isSet && !isOptional)
  const copied = choice.copySecrets ? unset.filter(canBeWritten).map(({ name }) => name) : []
  const envText = withVariables(envBefore, unset, copied)
  if (envText !== (envBefore ?? '')) {
    const isPrivate = copied.length > 0 || envBefore === undefined
    changes.push({ file: envFile, before: envBefore, text: envText, mode: isPrivate ? 0o600 : 0o666 })
  }
  if (list.length > 0) {
    changes.push({ file, before, text: withServers(before, list), mode: 0o666 })
  }
  return { file, envFile, changes, added, skipped, variables: variables.all, copied }
}

/** @throws SwitchboardError, UsageError for a file that cannot be extended */
export function checkExtensible(file: string): void {
  serversIn(readIfThere(file), file)
}

/** Servers for one file, each under a name of its own. */
class Additions {
  readonly list: Addition[] = []
  readonly added: AddedServer[] = []
  readonly skipped: SkippedServer[] = []

  constructor(
    private readonly folder: string,
    /** By name, what the file has. */
    private readonly there: ReadonlyMap<string, unknown>,
    private readonly variables: Variables,
  ) {}

  add(server: FoundServer, onConflict: OnConflict): void {
    const { name, from } = server
    // On trial: what is skipped must not leave a variable behind.
    const trial = this.#convert(server, this.variables.copy())
    if (trial instanceof EntryProblem) {
      this.#skip(server, 'problem', oneLine(trial.message))
      return
    }
    const present = this.there.get(name)
    if (isDeepStrictEqual(present, trial.entry)) this.#skip(server, 'same', 'it is there already')
    else if (present !== undefined && onConflict === 'keep') {
      this.#skip(server, 'conflict', 'another of that name is there, and stays')
    } else {
      const isRenamed = present !== undefined && onConflict === 'rename'
      const others = [...[...this.there.keys()].map((other) => ({ name: other })), ...this.list]
      const ownName = isRenamed ? freeName(name, others) : name
      const converted = this.#convert({ ...server, name: ownName }, this.variables)
      if (converted instanceof EntryProblem) return
      this.list.push({ name: ownName, entry: converted.entry, comment: oneLine(`From ${from}.`) })
      this.added.push({ name: ownName, from, leftOut: converted.leftOut })
    }
  }

  addExample(): void {
    const example = exampleServer(this.folder)
    const from = 'the examples'
    if (this.there.has(example.name)) {
      const reason = 'a server of that name is there, and stays'
      this.skipped.push({ name: example.name, from, why: 'same', reason })
      return
    }
    const name = freeName(example.name, this.list)
    this.list.push({ ...example, name })
    this.added.push({ name, from, leftOut: [] })
  }

  #skip({ name, from }: FoundServer, why: SkippedServer['why'], reason: string): void {
    this.skipped.push({ name, from, why, reason })
  }

  #convert(server: FoundServer, variables: Variables): Converted | EntryProblem {
    try {
      return convert(server, this.folder, variables)
    } catch (error) {
      if (error instanceof EntryProblem) return error
      throw error
    }
  }
}
