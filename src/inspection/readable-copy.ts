import { Actor } from 'xstate'
import { SealedTarget } from '../config/sealed-target.ts'
import type { Mask } from '../config/secrets.ts'
import { messageOf } from '../errors.ts'
import { cap } from '../text.ts'

const maxDepth = 12
const maxEntries = 200
const maxValues = 5_000
const maxCharacters = 10_000
/** To find a secret, a text is read as a whole. */
const maxReadCharacters = 200_000

/**
 * What somebody can read of any value, as JSON, with `mask` over every text in it. Long texts and lists are cut, what is
 * nested too deeply is named, functions are left out. Never throws.
 */
export function readableCopy(value: unknown, mask: Mask): unknown {
  return new Copier(mask).copy(value)
}

class Copier {
  readonly #above: object[] = []
  #values = 0

  constructor(private readonly mask: Mask) {}

  copy(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value)
    if (typeof value === 'bigint') return `${value}`
    if (typeof value === 'number') return Number.isFinite(value) ? value : `${value}`
    if (typeof value === 'function' || typeof value === 'symbol') return undefined
    if (typeof value !== 'object' || value === null) return value
    if (this.#above.includes(value)) return '[circular]'
    if (this.#above.length >= maxDepth) return '[nested more deeply]'
    if (this.#values++ >= maxValues) return '[left out]'
    this.#above.push(value)
    try {
      return this.#object(value)
    } catch (error) {
      return this.text(`[unreadable: ${messageOf(error)}]`)
    } finally {
      this.#above.pop()
    }
  }

  text(text: string): string {
    if (text.length > maxReadCharacters) return `[${text.length} characters]`
    return cap(this.mask(text), maxCharacters)
  }

  #object(value: object): unknown {
    if (value instanceof Actor) return { id: this.text(value.id), sessionId: value.sessionId }
    if (value instanceof SealedTarget) return { kind: value.kind }
    if (value instanceof Error)
      return { ...this.#entries(Object.entries(value)), message: this.text(value.message) }
    if (value instanceof Date || value instanceof URL) return this.copy(value.toJSON())
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if (value instanceof Set) return this.#list([...value])
    if (value instanceof Map) {
      const entries = [...value]
      const isNamed = entries.every((entry): entry is [string, unknown] => typeof entry[0] === 'string')
      return isNamed ? this.#entries(entries) : this.#list(entries)
    }
    return Array.isArray(value) ? this.#list(value) : this.#entries(Object.entries(value))
  }

  #list(list: unknown[]): unknown[] {
    const copied = list.slice(0, maxEntries).map((item) => this.copy(item) ?? null)
    return list.length > maxEntries ? [...copied, `[${list.length - maxEntries} more]`] : copied
  }

  #entries(entries: [string, unknown][]): Record<string, unknown> {
    const copied = entries
      .slice(0, maxEntries)
      .map(([key, inner]): [string, unknown] => [this.text(key), this.copy(inner)])
      .filter(([, inner]) => inner !== undefined)
    const left = entries.length - maxEntries
    return Object.fromEntries(left > 0 ? [...copied, ['…', `${left} more`]] : copied)
  }
}
