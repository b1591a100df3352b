import { isPhoneWord } from '../speech/acoustics.ts'
import { toWords } from '../speech/spoken.ts'
import type { Pattern } from './pattern.ts'
import { hearValue, maximumValueWords, readValue, type Slot, type SlotValue } from './slots.ts'

/** A word of what was said or typed. */
export interface Token {
  word: string
  /** Where it stands in the text. */
  from: number
  to: number
}

export interface Filled {
  slot: string
  from: number
  to: number
  /** Absent: something was said, but nothing that is known. */
  value?: SlotValue
}

interface Edge {
  to: number
  cost: number
  take: { word: string } | { slot: string } | undefined
}

/** A pattern as an automaton without loops: each edge leads to a state with a higher number. */
export interface Automaton {
  edges: Edge[][]
}

export function toAutomaton(pattern: Pattern): Automaton {
  const edges: Edge[][] = [[]]
  const connect = (from: number, take: Edge['take'], cost: number, to = edges.push([]) - 1): number => {
    edges[from]?.push({ to, cost, take })
    return to
  }
  const build = (part: Pattern, from: number): number => {
    if (part.kind === 'word') return connect(from, { word: part.word }, part.cost)
    if (part.kind === 'slot') return connect(from, { slot: part.slot }, 0)
    if (part.kind === 'sequence') return part.parts.reduce((at, next) => build(next, at), from)
    const ends =
      part.kind === 'choice'
        ? part.options.map((option) => ({ end: build(option, from), cost: 0 }))
        : [
            { end: build(part.part, from), cost: 0 },
            { end: from, cost: part.leftOutCost },
          ]
    const join = edges.push([]) - 1
    for (const { end, cost } of ends) connect(end, undefined, cost, join)
    return join
  }
  build(pattern, 0)
  return { edges }
}

/** How tokens `from` to `end` (exclusive) may fill a slot. */
export interface Filler {
  /** What it costs to take them, or undefined if they do not fit. */
  cost(slot: string, from: number, end: number): number | undefined
  /** The value that they stand for; absent if something was said, but nothing that is known. */
  value(slot: string, from: number, end: number): SlotValue | undefined
}

interface Step {
  cost: number
  previous?: Step
  filled?: { slot: string; from: number; end: number }
}

/** The cheapest way to read all tokens along the automaton. */
export function cheapest(
  { edges }: Automaton,
  tokens: Token[],
  filler: Filler,
): { filled: Filled[]; cost: number } | undefined {
  const table: (Step | undefined)[][] = Array.from({ length: tokens.length + 1 }, () => [])
  const relax = (at: number, state: number, step: Step): void => {
    const row = table[at]
    const known = row?.[state]
    if (row && (!known || step.cost < known.cost)) row[state] = step
  }
  relax(0, 0, { cost: 0 })
  for (let at = 0; at <= tokens.length; at++) {
    for (let state = 0; state < edges.length; state++) {
      const previous = table[at]?.[state]
      if (!previous) continue
      for (const { to, cost: edgeCost, take } of edges[state] ?? []) {
        const cost = previous.cost + edgeCost
        if (!take) relax(at, to, { cost, previous })
        else if ('word' in take) {
          if (tokens[at]?.word === take.word) relax(at + 1, to, { cost, previous })
        } else {
          for (let end = at + 1; end <= tokens.length; end++) {
            const taken = filler.cost(take.slot, at, end)
            if (taken === undefined) continue
            relax(end, to, { cost: cost + taken, previous, filled: { slot: take.slot, from: at, end } })
          }
        }
      }
    }
  }
  const last = table[tokens.length]?.[edges.length - 1]
  if (!last) return undefined
  const filled: Filled[] = []
  for (let step: Step | undefined = last; step; step = step.previous) {
    if (!step.filled) continue
    const { slot, from, end } = step.filled
    const value = filler.value(slot, from, end)
    const span = { slot, from: tokens[from]?.from ?? 0, to: tokens[end - 1]?.to ?? 0 }
    filled.unshift({ ...span, ...(value && { value }) })
  }
  return { filled, cost: last.cost }
}

export function tokenize(text: string, normalise: (word: string) => string = (word) => word): Token[] {
  return [...text.matchAll(/\S+/g)].map((match) => ({
    word: normalise(match[0]),
    from: match.index,
    to: match.index + match[0].length,
  }))
}

/** Per token, so that of equal readings the one with the shorter arguments wins. */
const tokenCost = 0.001
const unheardCost = 5
const freeTextCost = 0.05

/** Fills slots with recognised words: a known value, a number, or a run of phones that was no known value. */
export function heardFiller(slots: Map<string, Slot>, tokens: Token[]): Filler {
  const words = tokens.map(({ word }) => word)
  const value: Filler['value'] = (name, from, end) => {
    const slot = slots.get(name)
    const said = words.slice(from, end)
    return slot && (hearValue(slot, said) ?? hearApart(slot, said))
  }
  return {
    value,
    cost(name, from, end) {
      if (words.slice(from, end).every(isPhoneWord)) return unheardCost - (end - from) * tokenCost
      return value(name, from, end) && (end - from) * tokenCost
    },
  }
}

const maximumStrayPhones = 2

/**
 * For a property named `day`, “today” sounds like “to day”, and the recogniser takes the end of the vowel for a value that it does
 * not know.
 */
function hearApart({ values }: Slot, words: string[]): SlotValue | undefined {
  const length = words.findIndex(isPhoneWord)
  const strays = words.slice(length)
  if (length < 2 || strays.length > maximumStrayPhones || !strays.every(isPhoneWord)) return undefined
  const sound = words.slice(0, length).join('')
  return values.find((value) => value.words.join('') === sound)
}

/** Fills slots with typed text: a known value, a number, any text where the property is a string, or what is no value of it. */
export function typedFiller(slots: Map<string, Slot>, tokens: Token[], text: string): Filler {
  const words = tokens.map(({ from, to }) => toWords(text.slice(from, to)))
  const read = (slot: Slot, from: number, end: number) => {
    const span = text.slice(tokens[from]?.from, tokens[end - 1]?.to)
    return readValue(slot, span, words.slice(from, end).flat())
  }
  return {
    value(name, from, end) {
      const slot = slots.get(name)
      return slot && read(slot, from, end)?.value
    },
    cost(name, from, end) {
      const slot = slots.get(name)
      if (!slot) return undefined
      const length = (end - from) * tokenCost
      // Only short spans can be a known value; what long ones stand for is worked out once the best reading is known.
      if (end - from > maximumValueWords) return slot.freeText ? length + freeTextCost : undefined
      const found = read(slot, from, end)
      if (!found) return slot.freeText ? undefined : unheardCost + length
      return length + (found.known ? 0 : freeTextCost)
    },
  }
}
