import { toWords } from '../speech/spoken.ts'

/** What a sentence may look like. Costs only matter to the matcher: of several readings it takes the cheapest. */
export type Pattern =
  | { kind: 'word'; word: string; cost: number }
  | { kind: 'slot'; slot: string }
  | { kind: 'sequence'; parts: Pattern[] }
  | { kind: 'choice'; options: Pattern[] }
  | { kind: 'optional'; part: Pattern; leftOutCost: number }

export const word = (text: string, cost = 0): Pattern => ({ kind: 'word', word: text, cost })
export const slot = (name: string): Pattern => ({ kind: 'slot', slot: name })
export const sequence = (parts: Pattern[]): Pattern => ({ kind: 'sequence', parts })
export const choice = (options: Pattern[]): Pattern => ({ kind: 'choice', options })
export const wordsOf = (words: string[]): Pattern => sequence(words.map((text) => word(text)))
export const optional = (part: Pattern, leftOutCost = 0): Pattern => ({ kind: 'optional', part, leftOutCost })

/**
 * Reads a phrase: `[x]` may be left out, `(a|b)` is either, `{query}` is an argument. Words are cleaned, so that none
 * can break a grammar. Throws on unbalanced brackets.
 */
export function parsePhrase(phrase: string): Pattern {
  const tokens = phrase.match(/\{[^{}]*\}|[[\]()|]|[^[\](){}|]+/g) ?? []
  let at = 0
  const parseChoice = (): Pattern => {
    const options = [parseSequence()]
    while (tokens[at] === '|') {
      at++
      options.push(parseSequence())
    }
    return options.length === 1 ? sequence(options) : choice(options)
  }
  const parseGroup = (close: string): Pattern => {
    at++
    const inner = parseChoice()
    if (tokens[at++] !== close) throw new Error(`The phrase "${phrase}" has no "${close}" where it belongs.`)
    return inner
  }
  const parseSequence = (): Pattern => {
    const parts: Pattern[] = []
    for (let token = tokens[at]; token !== undefined && !'])|'.includes(token); token = tokens[at]) {
      if (token === '[') parts.push(optional(parseGroup(']')))
      else if (token === '(') parts.push(parseGroup(')'))
      else {
        at++
        if (token.startsWith('{')) parts.push(slot(token.slice(1, -1).trim()))
        else parts.push(...toWords(token).map((text) => word(text)))
      }
    }
    return sequence(parts)
  }
  const pattern = parseChoice()
  if (at < tokens.length) throw new Error(`The phrase "${phrase}" has a "${tokens[at]}" too many.`)
  return pattern
}

export function slotNames(pattern: Pattern): string[] {
  if (pattern.kind === 'slot') return [pattern.slot]
  if (pattern.kind === 'sequence') return pattern.parts.flatMap(slotNames)
  if (pattern.kind === 'choice') return pattern.options.flatMap(slotNames)
  return pattern.kind === 'optional' ? slotNames(pattern.part) : []
}

export function patternWords(pattern: Pattern): string[] {
  if (pattern.kind === 'word') return [pattern.word]
  if (pattern.kind === 'sequence') return pattern.parts.flatMap(patternWords)
  if (pattern.kind === 'choice') return pattern.options.flatMap(patternWords)
  return pattern.kind === 'optional' ? patternWords(pattern.part) : []
}

/** Whether something has to be said for it; a pattern that can be silent makes no command. */
export function canBeSilent(pattern: Pattern): boolean {
  if (pattern.kind === 'sequence') return pattern.parts.every(canBeSilent)
  if (pattern.kind === 'choice') return pattern.options.some(canBeSilent)
  return pattern.kind === 'optional'
}

/** The shortest sentence, with `value` in the place of slots. */
export function plainSentence(pattern: Pattern, value: (slot: string) => string): string {
  if (pattern.kind === 'word') return pattern.word
  if (pattern.kind === 'slot') return value(pattern.slot)
  if (pattern.kind === 'optional') return ''
  if (pattern.kind === 'choice') return pattern.options[0] ? plainSentence(pattern.options[0], value) : ''
  return pattern.parts
    .map((part) => plainSentence(part, value))
    .filter(Boolean)
    .join(' ')
}

/** JSGF for a pattern; `slotRule` names the rule of a slot. */
export function toJsgf(pattern: Pattern, slotRule: (slot: string) => string): string {
  if (pattern.kind === 'word') return pattern.word
  if (pattern.kind === 'slot') return slotRule(pattern.slot)
  if (pattern.kind === 'optional') return `[${toJsgf(pattern.part, slotRule)}]`
  const parts = pattern.kind === 'sequence' ? pattern.parts : pattern.options
  const spoken = parts.map((part) => toJsgf(part, slotRule)).filter(Boolean)
  if (spoken.length === 0) return '<NULL>'
  return pattern.kind === 'sequence' ? spoken.join(' ') : `(${spoken.join(' | ')})`
}
