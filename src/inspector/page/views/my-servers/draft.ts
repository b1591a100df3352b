import type { NewServer, RegisteredServer, Template } from '../../../../registry/wire.ts'
import { wordsOfError } from '../../api.ts'
import { askRegistry, Refused } from './registry.ts'

/** What a person types; `pointer`: what the registry calls it when it is wrong. */
export interface DraftField {
  id: string
  label: string
  hint?: string | undefined
  pointer: string
  isSecret?: boolean
  type?: 'url'
}

/** A server that is not added yet. */
export class Draft {
  readonly typed = new Map<string, string>()
  problem: string | undefined
  isSending = false
  /** Of a server without a template. */
  headerCount = 0
  #wrong: ReadonlyMap<string, string> = new Map()

  constructor(
    readonly template: Template | undefined,
    private readonly onChange: () => void,
  ) {
    this.typed.set('name', template?.name ?? '')
  }

  get fields(): DraftField[] {
    const name = { id: 'name', label: 'Name', hint: 'How you call it', pointer: '/name' }
    if (this.template) return [name, ...this.template.needs.flatMap(fieldOf)]
    const rows = this.#rows.map((row): DraftField[] => [
      {
        id: `header-${row}`,
        label: `Header ${row + 1}`,
        hint: 'Such as Authorization',
        pointer: `/header/${row}`,
      },
      {
        ...{ id: `value-${row}`, label: `Value of header ${row + 1}`, isSecret: true },
        pointer: pointerOfHeader(this.#text(`header-${row}`)),
      },
    ])
    const url: DraftField = { id: 'url', label: 'Address', hint: 'https://…', pointer: '/url', type: 'url' }
    return [name, url, ...rows.flat()]
  }

  wrongWith({ pointer, id }: DraftField): string | undefined {
    return this.#wrong.get(id) ?? this.#wrong.get(pointer)
  }

  type(id: string, text: string): void {
    this.typed.set(id, text)
    this.#wrong = new Map()
    this.onChange()
  }

  addHeader(): void {
    this.headerCount += 1
    this.onChange()
  }

  /** The server as it was added; undefined where something is wrong. */
  async add(): Promise<RegisteredServer | undefined> {
    if (this.isSending) return undefined
    const empty = this.fields.filter(({ id }) => this.#text(id) === '' && !this.#isOfEmptyHeader(id))
    this.problem = undefined
    this.#wrong = new Map(empty.map(({ id }) => [id, 'It is needed.']))
    if (empty.length === 0) {
      this.isSending = true
      this.onChange()
      try {
        return await askRegistry<RegisteredServer>('/servers', { method: 'POST', body: this.#server() })
      } catch (error) {
        this.#refused(error)
      } finally {
        this.isSending = false
      }
    }
    this.onChange()
    return undefined
  }

  /** What belongs to no field stands below them all. */
  #refused(error: unknown): void {
    const wrong = error instanceof Refused ? error.fields : new Map<string, string>()
    const isShown = this.fields.some(({ pointer }) => wrong.has(pointer))
    this.#wrong = wrong
    this.problem = isShown ? undefined : wordsOfError(error)
  }

  #server(): Pick<NewServer, 'name' | 'url' | 'headers' | 'templateId'> {
    const { template } = this
    const headers: [string, string][] = template
      ? template.needs.flatMap((need) =>
          need.kind === 'header' ? [[need.header, this.#text(need.header)]] : [],
        )
      : this.#rows.flatMap((row) =>
          this.#isOfEmptyHeader(`header-${row}`)
            ? []
            : [[this.#text(`header-${row}`), this.#text(`value-${row}`)]],
        )
    const filled = (_: string, placeholder: string) => encodeURIComponent(this.#text(placeholder))
    return {
      name: this.#text('name'),
      url: template ? template.url.replace(/\{(\w+)\}/g, filled) : this.#text('url'),
      ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
      ...(template ? { templateId: template.id } : {}),
    }
  }

  get #rows(): number[] {
    return [...Array(this.headerCount).keys()]
  }

  /** Whoever wants no header after all leaves both fields empty. */
  #isOfEmptyHeader(id: string): boolean {
    const row = /^(?:header|value)-(\d+)$/.exec(id)?.[1]
    return (
      !this.template && row !== undefined && this.#text(`header-${row}`) + this.#text(`value-${row}`) === ''
    )
  }

  #text(id: string): string {
    return this.typed.get(id)?.trim() ?? ''
  }
}

function fieldOf(need: Template['needs'][number]): DraftField[] {
  if (need.kind === 'signIn') return []
  const { label, hint } = need
  if (need.kind === 'placeholder') return [{ id: need.placeholder, label, hint, pointer: '/url' }]
  return [{ id: need.header, label, hint, pointer: pointerOfHeader(need.header), isSecret: true }]
}

export function pointerOfHeader(name: string): string {
  return `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
