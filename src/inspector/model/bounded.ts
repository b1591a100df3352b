/** The newest of a list. */
export class Newest<Item> {
  readonly #items: Item[] = []

  constructor(private readonly maxItems: number) {}

  get items(): readonly Item[] {
    return this.#items
  }

  get last(): Item | undefined {
    return this.#items.at(-1)
  }

  push(item: Item): void {
    this.#items.push(item)
    if (this.#items.length > this.maxItems) this.#items.shift()
  }

  /** Looks from the newest on for one that `change` makes another of. */
  replaceNewest(change: (item: Item) => Item | undefined): boolean {
    for (let index = this.#items.length - 1; index >= 0; index--) {
      const item = this.#items[index]
      const changed = item === undefined ? undefined : change(item)
      if (changed === undefined) continue
      this.#items[index] = changed
      return true
    }
    return false
  }
}

/** A map that forgets the oldest of those that `mayGo`, where it holds too many. */
export function forgetOldest<Value>(
  map: Map<string, Value>,
  maxItems: number,
  mayGo: (value: Value) => boolean,
): string[] {
  const forgotten: string[] = []
  if (map.size <= maxItems) return forgotten
  for (const [key, value] of map) {
    if (map.size - forgotten.length <= maxItems) break
    if (mayGo(value)) forgotten.push(key)
  }
  for (const key of forgotten) map.delete(key)
  return forgotten
}
