/** So many at once of each. */
export class Slots<Key> {
  readonly #taken = new Map<Key, number>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  /** Undefined where there is none free. */
  take(key: Key): (() => void) | undefined {
    const taken = this.#taken.get(key) ?? 0
    if (taken >= this.#max) return undefined
    this.#taken.set(key, taken + 1)
    let isTaken = true
    return () => {
      if (!isTaken) return
      isTaken = false
      const left = (this.#taken.get(key) ?? 1) - 1
      if (left === 0) this.#taken.delete(key)
      else this.#taken.set(key, left)
    }
  }
}
