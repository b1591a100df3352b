import { messageOf } from '../contract/errors.ts'
import { cap, clean, cutMark } from '../text/text.ts'

const maxDepth = 6
const maxItems = 30
/** Of one value, with all that is in it. */
const maxValues = 5_000
const maxCharactersInAll = 200_000
/** Read beyond what is shown, so that a secret that is cut is recognised first. */
const marginCharacters = 16_384

/**
 * Copies of what programs hold, to be read by people: JSON, capped, cleaned, without secrets, functions and actors. Never throws,
 * whatever it is given.
 */
export class Projection {
  /** What is being copied: one that holds itself is met again. */
  readonly #within = new Set<object>()
  #values = 0
  #characters = 0

  constructor(
    private readonly mask: (text: string) => string,
    private readonly maxTextCharacters = 500,
  ) {}

  of(value: unknown): unknown {
    this.#values = 0
    this.#characters = 0
    return this.#of(value, 0)
  }

  text(text: string, maxCharacters = this.maxTextCharacters): string {
    const maxRead = maxCharacters + marginCharacters
    if (text.length <= maxRead) return cap(this.mask(clean(text)), maxCharacters)
    // The mark tells the mask that what stands before it may be half a secret.
    const masked = this.mask(`${clean(text.slice(0, maxRead))}${cutMark}`)
    const shown = masked.slice(0, masked.lastIndexOf(cutMark)).slice(0, maxCharacters)
    return `${shown}${cutMark}${text.length - shown.length} more characters)`
  }

  /** Of a text that goes on, or broke off: its end may be half a secret. */
  begun(text: string): string {
    const masked = this.mask(`${clean(text)}${cutMark}`)
    return cap(masked.slice(0, masked.lastIndexOf(cutMark)), this.maxTextCharacters)
  }

  #of(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#textWithin(value)
    if (typeof value === 'function' || typeof value === 'symbol') return undefined
    if (typeof value === 'bigint') return `${value}`
    if (typeof value !== 'object' || value === null) return value
    this.#values += 1
    if (depth >= maxDepth || this.#values > maxValues || this.#within.has(value)) return '…'
    this.#within.add(value)
    try {
      return this.#copied(value, depth)
    } catch (error) {
      return this.text(`unreadable: ${messageOf(error)}`)
    } finally {
      this.#within.delete(value)
    }
  }

  #textWithin(text: string): string {
    const left = maxCharactersInAll - this.#characters
    if (left <= 0) return '…'
    const shown = this.text(text, Math.min(this.maxTextCharacters, left))
    this.#characters += shown.length
    return shown
  }

  #copied(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.#list(value, depth)
    if (value instanceof Set) return this.#list([...value], depth)
    if (value instanceof Map) return this.#record([...value], depth)
    if (value instanceof Error) return this.text(`${value.name}: ${value.message}`)
    if ('sessionId' in value && 'send' in value) return 'id' in value ? `actor ${value.id}` : 'an actor'
    if (value instanceof Date || value instanceof URL) return this.text(value.toJSON())
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return `a ${value.constructor.name}`
    return this.#record(Object.entries(value), depth)
  }

  #list(items: readonly unknown[], depth: number): unknown[] {
    const shown = items.slice(0, maxItems).map((item) => this.#of(item, depth + 1))
    return items.length > maxItems ? [...shown, `… and ${items.length - maxItems} more`] : shown
  }

  #record(entries: readonly (readonly [unknown, unknown])[], depth: number): Record<string, unknown> {
    const shown: [string, unknown][] = []
    for (const [key, value] of entries.slice(0, maxItems)) {
      const copied = this.#of(value, depth + 1)
      if (copied !== undefined) shown.push([this.text(String(key)), copied])
    }
    if (entries.length > maxItems) shown.push(['…', `and ${entries.length - maxItems} more`])
    return Object.fromEntries(shown)
  }
}
