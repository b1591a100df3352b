import type { EndpointError } from './realtime-events.ts'

/** Which places of a refused list are to blame; or that it is not said; or that it is not about the list at all. */
export function blamedPlaces(error: EndpointError, names: string[]): number[] | 'not said' | 'not the list' {
  if (error.type !== 'invalid_request_error') return 'not the list'
  const param = error.param ?? ''
  if (param !== '' && !/^(session\.)?tools\b/.test(param)) return 'not the list'
  const place = /\btools\[(\d+)\]/.exec(param) ?? /\btools\[(\d+)\]/.exec(error.message)
  if (place !== null) return within([Number(place[1])], names)
  const most = /maximum length (\d+)/.exec(error.message)
  if (param !== '' && most !== null) return within([...names.keys()].slice(Number(most[1])), names)
  const name = /function '([^']+)'/.exec(error.message)?.[1]
  return within([names.indexOf(name ?? '')], names)
}

function within(places: number[], names: string[]): number[] | 'not said' {
  const found = places.filter((place) => place >= 0 && place < names.length)
  return found.length > 0 ? found : 'not said'
}

interface Part<Item> {
  items: Item[]
  /** The part before it was split off the same refused list: if that one is good, this one is not. */
  isOther: boolean
}

/**
 * Finds which items make a list refused, if the endpoint does not say it. It tries lists, each with what is known to be good
 * and one part of the rest, and halves a part that is refused.
 */
export class RefusalSearch<Item> {
  readonly #wanted: readonly Item[]
  readonly #good: Set<Item>
  #parts: Part<Item>[]
  /** Whether the good ones alone have been taken: a list is not to blame if nothing is taken. */
  #isGoodTaken: boolean

  /** `wanted` was refused; `taken` is what the endpoint has now. */
  constructor(wanted: readonly Item[], taken: readonly Item[]) {
    this.#wanted = wanted
    this.#good = new Set(taken.filter((item) => wanted.includes(item)))
    this.#isGoodTaken = this.#good.size === taken.length
    this.#parts = [{ items: wanted.filter((item) => !this.#good.has(item)), isOther: false }]
  }

  /** The list to try next; undefined at the end. */
  get next(): Item[] | undefined {
    const [part] = this.#parts
    if (part === undefined) return undefined
    const items = new Set(this.#isGoodTaken ? part.items : [])
    return this.#wanted.filter((item) => this.#good.has(item) || items.has(item))
  }

  /** Items that are found to be to blame. */
  answered(isTaken: boolean): Item[] | 'anything is refused' {
    if (!this.#isGoodTaken) {
      if (!isTaken) return 'anything is refused'
      this.#isGoodTaken = true
      return this.#blame()
    }
    const [part, ...others] = this.#parts
    if (part === undefined) return []
    if (!isTaken) return this.#blame()
    for (const item of part.items) this.#good.add(item)
    this.#parts = others
    return others[0]?.isOther ? this.#blame() : []
  }

  /** To be called first; what is to blame if there is no doubt. */
  start(): Item[] {
    return this.#isGoodTaken ? this.#blame() : []
  }

  /** The first part is refused together with the good ones. */
  #blame(): Item[] {
    const [part, ...others] = this.#parts
    if (part === undefined) return []
    const [next] = others
    if (next !== undefined) next.isOther = false
    if (part.items.length <= 1) {
      this.#parts = others
      return part.items
    }
    const middle = Math.ceil(part.items.length / 2)
    const halves = [
      { items: part.items.slice(0, middle), isOther: false },
      { items: part.items.slice(middle), isOther: true },
    ]
    this.#parts = [...halves, ...others]
    return []
  }
}
