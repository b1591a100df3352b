import { basename, isAbsolute, relative, sep } from 'node:path'
import { type Entry, entryKeys, parseEntry } from '../../config/entry.ts'
import type { Input } from '../../config/inputs.ts'
import { pathFrom } from '../../config/paths.ts'
import { targetOf } from '../../config/target.ts'
import type { JsonObject } from '../../contract/protocol.ts'
import { isSecret, replaceInArguments, replaceInUrl } from '../literal-secrets.ts'
import type { FoundServer } from './find.ts'
import { type Variables, variableName } from './variables.ts'

export interface Converted {
  name: string
  entry: JsonObject
  /** Keys that the other client has and that mean nothing here. */
  leftOut: string[]
}

/**
 * An entry of another client in our own form, for a file in `folder`: without a secret that is written out, and with the same
 * meaning though it stands in another folder.
 * @throws EntryProblem
 */
export function convert(server: FoundServer, folder: string, variables: Variables): Converted {
  const { name, raw, source } = server
  const place = `${source.key}.${name}`
  const parsed = parseEntry(raw, place)
  const { key, text } = targetOf(parsed, place)
  const conversion = new Conversion(server, folder, variables)
  const entry = key === 'command' ? conversion.command(text, parsed) : conversion.http(text, parsed)
  conversion.refer(entry)
  const leftOut = Object.keys(parsed).filter((key) => !entryKeys.has(key))
  return { name, entry, leftOut }
}

class Conversion {
  constructor(
    private readonly server: FoundServer,
    private readonly folder: string,
    private readonly variables: Variables,
  ) {}

  command(command: string, entry: Entry): JsonObject {
    const { args, env, envFile, cwd } = entry
    const started = cwd === undefined ? this.#ownFolder() : this.#path(this.#text(cwd, 'cwd'))
    const texts = args.map((argument, index) => this.#text(argument, `args.${index}`))
    const shownArgs = replaceInArguments(texts, (secret, name) => this.#secret(secret, 'args', name))
    const shownEnv = Object.entries(env).flatMap(([name, value]) =>
      value === null ? [] : [[name, this.#variable(name, String(value))]],
    )
    return {
      command: this.#text(command, 'command'),
      ...(args.length === 0 ? {} : { args: shownArgs }),
      ...(shownEnv.length === 0 ? {} : { env: Object.fromEntries(shownEnv) }),
      ...(envFile === undefined ? {} : { envFile: this.#path(this.#text(envFile, 'envFile')) }),
      ...(started === undefined ? {} : { cwd: started }),
      ...this.#options(entry),
    }
  }

  http(url: string, entry: Entry): JsonObject {
    const text = this.#text(url, 'url')
    const shownHeaders = Object.entries(entry.headers).map(([name, value]) => [
      name,
      this.#header(name, value),
    ])
    return {
      url: replaceInUrl(text, (secret, name) => this.#secret(secret, 'url', name)),
      ...(shownHeaders.length === 0 ? {} : { headers: Object.fromEntries(shownHeaders) }),
      ...this.#options(entry),
    }
  }

  /** Tells of the variables to which the entry refers by itself. */
  refer(entry: JsonObject): void {
    for (const [key, value] of Object.entries(entry)) {
      for (const [, name = ''] of JSON.stringify(value).matchAll(/\$\{(?:env:)?([A-Za-z_]\w*)\}/g)) {
        if (!placeNames.has(name)) this.variables.refer(name, this.server.name, key)
      }
    }
  }

  #options({ switchboard, disabledTools }: Entry): JsonObject {
    const own = typeof switchboard === 'object' && switchboard !== null ? switchboard : {}
    const before = 'exclude' in own && Array.isArray(own.exclude) ? own.exclude : []
    const exclude = [...before, ...disabledTools]
    const options = { ...own, ...(exclude.length === 0 ? {} : { exclude }) }
    return Object.keys(options).length === 0 ? {} : { switchboard: options }
  }

  #variable(name: string, value: string): string {
    const { server, variables } = this
    const [whole, id] = /^\$\{input:([^}]+)\}$/.exec(value) ?? []
    // The server's own word for it is the better name.
    if (whole !== undefined && id !== undefined) return this.#input(id, `env.${name}`, [name])
    const text = this.#text(value, `env.${name}`)
    if (!isSecret(name, text)) return text
    const names = [name, variableName(server.name, name)]
    const where = { server: server.name, key: `env.${name}` }
    return `\${${variables.add({ names, identity: `value ${text}`, ...where, value: text })}}`
  }

  #header(name: string, value: string): string {
    const text = this.#text(value, `headers.${name}`)
    return isSecret(name, text) ? this.#secret(text, `headers.${name}`, name) : text
  }

  /** `Bearer` and the like stay: they are no secret, and say what kind of value it is. */
  #secret(secret: string, key: string, name: string | undefined): string {
    const { server, variables } = this
    const [, scheme = '', rest = secret] = /^((?:Bearer|Basic|Token) +)(.+)$/is.exec(secret) ?? []
    const word = name === undefined || /^-*authorization$/i.test(name) ? 'token' : name
    const names = [variableName(server.name, word)]
    const where = { server: server.name, key }
    return `${scheme}\${${variables.add({ names, identity: `value ${rest}`, ...where, value: rest })}}`
  }

  /** What means something else, or nothing, outside of the other client's file; and secrets as fall-backs. */
  #text(text: string, key: string): string {
    const { source, name: server } = this.server
    const isElsewhere = source.folder !== this.folder && this.#isOfProject
    return text
      .replace(/\$\{(?:env:)?([A-Za-z_]\w*):-([^}]+)\}/g, (whole, name: string, value: string) => {
        if (!isSecret(name, value)) return whole
        const identity = `value ${value}`
        return `\${${this.variables.add({ names: [name], identity, server, key, value })}}`
      })
      .replace(/\$\{input:([^}]+)\}/g, (_, id: string) => this.#input(id, key, []))
      .replace(/\$\{file:([^}]+)\}/g, (_, path: string) => `\${file:${this.#path(path)}}`)
      .replace(/\$\{workspaceFolder\}/g, (whole) => (isElsewhere ? source.folder : whole))
      .replace(/\$\{workspaceFolderBasename\}/g, (whole) => (isElsewhere ? basename(source.folder) : whole))
  }

  #input(id: string, key: string, names: string[]): string {
    const { server, variables } = this
    const input: Input | undefined = server.source.inputs.find((one) => one.id === id)
    // A default that is a password is a secret that is written out.
    const fallback = input?.password || /[}]/.test(input?.default ?? '') ? undefined : input?.default
    const name = variables.add({
      isOptional: fallback !== undefined,
      names: [...names, variableName(id), variableName(server.name, id)],
      identity: `input ${server.from} ${server.source.folder} ${id}`,
      ...{ server: server.name, key },
      ...(input?.description === undefined ? {} : { description: input.description }),
    })
    return fallback === undefined ? `\${${name}}` : `\${${name}:-${fallback}}`
  }

  /** A path in the other file, as it stands in ours: relative within our folder, else absolute. */
  #path(path: string): string {
    if (/^(\$\{|~)/.test(path)) return path
    const whole = pathFrom(this.server.source.folder, path)
    const inner = relative(this.folder, whole)
    if (inner === '') return '.'
    return inner.startsWith('..') || isAbsolute(inner) ? whole : inner.split(sep).join('/')
  }

  /** Clients start the servers of a project in its folder. */
  #ownFolder(): string | undefined {
    return this.#isOfProject ? this.#path(this.server.source.folder) : undefined
  }

  get #isOfProject(): boolean {
    return this.server.scope === 'project'
  }
}

const placeNames = new Set(['workspaceFolder', 'workspaceFolderBasename', 'userHome', 'cwd', 'pathSeparator'])
