import type { RegisteredServer, ServerChange } from '../../../../registry/wire.ts'
import { wordsOfError } from '../../api.ts'
import { type DraftField, pointerOfHeader } from './draft.ts'
import { Refused } from './registry.ts'

const isNeeded = 'It is needed.'

/** What is typed of a server that is there, and not stored yet. */
export class ChangeDraft {
  readonly typed = new Map<string, string>()
  /** Of the stored headers. */
  readonly dropped = new Set<string>()
  addedCount = 0
  wasStored = false
  wrong: ReadonlyMap<string, string> = new Map()

  constructor(
    readonly id: string,
    private readonly onChange: () => void,
  ) {}

  get isEmpty(): boolean {
    return this.typed.size === 0 && this.dropped.size === 0 && this.addedCount === 0
  }

  /** The header that a field gives another value. */
  headerOf({ id }: DraftField): string | undefined {
    return /^stored-(.+)$/.exec(id)?.[1]
  }

  fields(server: RegisteredServer): DraftField[] {
    const isElsewhere = this.isElsewhere(server)
    const hint = isElsewhere
      ? 'Not sent to another origin: dropped, unless you give it again.'
      : 'Stored; it is not shown. All of them are replaced together.'
    return [
      { id: 'name', label: 'Name', pointer: '/name' },
      {
        id: 'url',
        label: 'Address',
        pointer: '/url',
        type: 'url',
        hint: isElsewhere ? lost(server) : undefined,
      },
      ...this.#kept(server).map(
        (name): DraftField => ({
          ...{ id: `stored-${name}`, label: name, pointer: pointerOfHeader(name) },
          ...{ isSecret: true, hint },
        }),
      ),
      ...this.#rows.flatMap((row): DraftField[] => [
        {
          id: `header-${row}`,
          label: `New header ${row + 1}`,
          pointer: `/header/${row}`,
          hint: 'Such as Authorization',
        },
        {
          ...{ id: `value-${row}`, label: `Value of new header ${row + 1}`, isSecret: true },
          pointer: pointerOfHeader(this.#text(`header-${row}`)),
        },
      ]),
    ]
  }

  textOf({ id }: DraftField, server: RegisteredServer): string {
    const stored = id === 'name' ? server.name : id === 'url' ? server.url : ''
    return this.typed.get(id) ?? stored
  }

  wrongWith({ id, pointer }: DraftField): string | undefined {
    return this.wrong.get(id) ?? this.wrong.get(pointer)
  }

  type(id: string, text: string): void {
    this.typed.set(id, text)
    this.#touched()
  }

  addHeader(): void {
    this.addedCount += 1
    this.#touched()
  }

  drop(header: string): void {
    this.dropped.add(header)
    this.typed.delete(`stored-${header}`)
    this.#touched()
  }

  clear(): void {
    this.typed.clear()
    this.dropped.clear()
    this.addedCount = 0
    this.wrong = new Map()
    this.onChange()
  }

  /** Another origin than the stored one: what was given for that is not sent there. */
  isElsewhere(server: RegisteredServer): boolean {
    const url = this.#text('url')
    return url !== '' && URL.canParse(url) && new URL(url).origin !== new URL(server.url).origin
  }

  /** What is to be changed; undefined where something is missing. */
  change(server: RegisteredServer): ServerChange | undefined {
    const kept = this.#kept(server)
    const added = this.#rows.filter((row) => this.#text(`header-${row}`) + this.#text(`value-${row}`) !== '')
    const given = kept.filter((name) => this.#text(`stored-${name}`) !== '')
    const isReplaced = this.dropped.size > 0 || added.length > 0 || given.length > 0
    const areAllNeeded = isReplaced && !this.isElsewhere(server)
    const missing = [
      ...(areAllNeeded ? kept.filter((name) => !given.includes(name)).map((name) => `stored-${name}`) : []),
      ...added.flatMap((row) => [`header-${row}`, `value-${row}`]).filter((id) => this.#text(id) === ''),
      ...['name', 'url'].filter((id) => this.typed.has(id) && this.#text(id) === ''),
    ]
    this.wrong = new Map(missing.map((id) => [id, isNeeded]))
    if (missing.length > 0) return undefined
    const headers = [
      ...given.map((name) => [name, this.#text(`stored-${name}`)]),
      ...added.map((row) => [this.#text(`header-${row}`), this.#text(`value-${row}`)]),
    ]
    const url = this.typed.has('url') ? this.#text('url') : server.url
    return {
      name: this.typed.has('name') ? this.#text('name') : server.name,
      ...(url === server.url ? {} : { url }),
      ...(isReplaced ? { headers: Object.fromEntries(headers) } : {}),
    }
  }

  /** Keeps what belongs to one of the fields. @throws Error that says the rest */
  refused(error: unknown, server: RegisteredServer): never {
    const isShown =
      error instanceof Refused && this.fields(server).some(({ pointer }) => error.fields.has(pointer))
    if (!isShown) throw error
    this.wrong = error.fields
    throw new Error(`Nothing was changed. ${wordsOfError(error)}`)
  }

  #kept({ authorization }: RegisteredServer): string[] {
    return authorization.kind === 'headers'
      ? authorization.names.filter((name) => !this.dropped.has(name))
      : []
  }

  get #rows(): number[] {
    return [...Array(this.addedCount).keys()]
  }

  #text(id: string): string {
    return this.typed.get(id)?.trim() ?? ''
  }

  #touched(): void {
    this.wasStored = false
    this.wrong = new Map()
    this.onChange()
  }
}

function lost({ authorization: { kind } }: RegisteredServer): string {
  if (kind === 'headers') return 'This is another origin: the stored headers are dropped.'
  if (kind === 'oauth') return 'This is another origin: the sign-in is dropped.'
  return 'This is another origin.'
}
