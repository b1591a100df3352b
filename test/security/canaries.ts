import { inspect } from 'node:util'

/** Each secret begins and ends with these, so that half a one is found too. */
const begin = 'cNry7'
const end = '7yrNc'

/** With what JSON, a URL and a shell would write otherwise. */
export function canary(place: string): string {
  return `${begin} "${place}" \\ %&é ${end}`
}

/** For places that take letters and digits only. */
export function plainCanary(place: string): string {
  return `${begin}-${place}-${end}`
}

/** Everything that can be reached from what it is given, whoever prints it and however. */
export class Search {
  readonly found: string[] = []
  /** How many texts were looked at. */
  looked = 0
  readonly #seen = new WeakSet<object>()

  constructor(private readonly isFound = (text: string) => text.includes(begin) || text.includes(end)) {}

  look(what: string, value: unknown): void {
    this.#text(what, inspect(value))
    this.#walk(what, value)
  }

  #walk(what: string, from: unknown): void {
    const left: { path: string; value: unknown }[] = [{ path: what, value: from }]
    for (let next = left.pop(); next; next = left.pop()) {
      const { path, value } = next
      if (typeof value === 'string') this.#text(path, value)
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null) continue
      if (this.#seen.has(value)) continue
      this.#seen.add(value)
      if (ArrayBuffer.isView(value)) continue
      if (value instanceof Map) for (const [key, inner] of value) left.push({ path, value: [key, inner] })
      if (value instanceof Set) for (const inner of value) left.push({ path, value: inner })
      for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
        this.#text(path, key)
        left.push({ path: `${path}.${key}`, value: property.value })
      }
    }
  }

  #text(what: string, text: string): void {
    this.looked += 1
    if (this.isFound(text)) this.found.push(`${what}: ${text.slice(0, 300)}`)
  }
}
