/** A seeded source of random numbers (mulberry32): the same seed, the same numbers. */
export class Random {
  #state: number

  /** What the parts say, in this order, makes the seed. */
  constructor(...parts: (string | number)[]) {
    this.#state = hash(parts.join('/'))
  }

  /** In [0, 1). */
  next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** Each order of magnitude is as likely as the others. */
  spread(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.next())
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<Item>(items: readonly Item[]): Item {
    const [item] = items.slice(this.between(0, items.length - 1))
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }

  /** One of the keys, each as often as its weight says. */
  weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key {
    const entries = Object.entries<number>(weights)
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
    for (const key in weights) {
      left -= weights[key]
      if (left < 0) return key
    }
    throw new Error('no weights')
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value
}
