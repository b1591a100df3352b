import { phoneWords } from '../speech/acoustics.ts'
import { teenWords, tenWords, unitWords } from '../speech/numbers.ts'
import { type Command, type Phrases, readCommand, type ToolLike } from './commands.ts'
import {
  cheapest,
  type Filled,
  type Filler,
  heardFiller,
  type Token,
  toAutomaton,
  tokenize,
  typedFiller,
} from './match.ts'
import { patternWords, slotNames, toJsgf } from './pattern.ts'
import type { Slot } from './slots.ts'

export interface GrammarOptions {
  phrases?: Phrases
}

/** What a sentence was taken for. */
export type Understanding =
  | { type: 'call'; name: string; arguments: Record<string, unknown>; transcript: string }
  | { type: 'unheard'; name: string; unheard: string[]; transcript: string }

export interface LeftOut {
  name: string
  reason: string
}

export interface Grammar {
  /** Empty if nothing can be said. */
  jsgf: string
  /** Every word of it, but the phones. */
  words: string[]
  /** One sentence for each tool that can be said. */
  sayable: { name: string; example: string }[]
  /** Tools that cannot be said; they may still be typed. */
  leftOut: LeftOut[]
  /** Reads what the recogniser heard. */
  hear(text: string): Understanding | undefined
  /** Reads what was typed. */
  read(text: string): Understanding | undefined
}

/** Above 50 tools a grammar takes half a second to load, and decoding half a core. */
const maximumTools = 50
const maximumWords = 2000
const maximumTypedWords = 200

/** A grammar for any list of tools, with no phrase configured: their names, property names and values are enough. */
export function makeGrammar(tools: ToolLike[], { phrases = {} }: GrammarOptions = {}): Grammar {
  const commands = new Map<string, Command>()
  for (const tool of tools) {
    const own = Object.hasOwn(phrases, tool.name) ? phrases[tool.name] : undefined
    if (!commands.has(tool.name)) commands.set(tool.name, readCommand(tool, own))
  }
  const all = [...commands.values()]
  const { spoken, leftOut } = choose(all)
  const rules = spoken.length > 0 ? writeRules(spoken) : { jsgf: '', words: [] }
  return {
    ...rules,
    sayable: spoken.map(({ name, example }) => ({ name, example })),
    leftOut,
    hear: reader(spoken, tokenize, heardFiller),
    read: reader(
      all.filter(({ untypeable }) => untypeable.length === 0),
      (text) => joinRest(tokenize(text, normaliseTyped)),
      typedFiller,
    ),
  }
}

/** One example sentence for each tool that can be said. */
export function sayable(tools: ToolLike[], options?: GrammarOptions): string[] {
  return makeGrammar(tools, options).sayable.map(({ example }) => example)
}

function choose(commands: Command[]): { spoken: Command[]; leftOut: LeftOut[] } {
  const spoken: Command[] = []
  const leftOut: LeftOut[] = []
  let words = 0
  for (const command of commands) {
    const { name, unspeakable, patterns } = command
    const size = countWords(command)
    if (patterns.length === 0) leftOut.push({ name, reason: 'its name has no words' })
    else if (unspeakable.length > 0) {
      leftOut.push({ name, reason: `no value is known for ${unspeakable.join(', ')}` })
    } else if (spoken.length >= maximumTools) {
      leftOut.push({ name, reason: `at most ${maximumTools} functions can be said` })
    } else if (words + size > maximumWords) {
      leftOut.push({ name, reason: `at most ${maximumWords} words can be said` })
    } else {
      spoken.push(command)
      words += size
    }
  }
  return { spoken, leftOut }
}

function countWords({ slots, patterns }: Command): number {
  const values = [...slots.values()].flatMap((slot) => slot.values.map(({ words }) => words.length))
  return values.reduce((sum, length) => sum + length, patterns.flatMap(patternWords).length)
}

/** What a slot may be besides its known values; a near miss would be heard as the nearest value otherwise. */
const anything = '<anything>'

function writeRules(commands: Command[]): { jsgf: string; words: string[] } {
  const rules: string[] = []
  const words = new Set<string>()
  const names: string[] = []
  let needsNumbers = false
  for (const { slots, patterns } of commands) {
    const slotRules = new Map<string, string>()
    for (const slotName of new Set(patterns.flatMap(slotNames))) {
      const slot = slots.get(slotName)
      if (!slot) continue
      const values = slot.values.map((value) => value.words.join(' '))
      for (const value of slot.values) for (const word of value.words) words.add(word)
      if (slot.number) needsNumbers = true
      const rule = `<slot${rules.length}>`
      rules.push(`${rule} = ${[...values, ...(slot.number ? ['<number>'] : []), anything].join(' | ')};`)
      slotRules.set(slotName, rule)
    }
    for (const pattern of patterns) {
      for (const word of patternWords(pattern)) words.add(word)
      const rule = `<command${rules.length}>`
      rules.push(`${rule} = ${toJsgf(pattern, (slotName) => slotRules.get(slotName) ?? anything)};`)
      names.push(rule)
    }
  }
  if (needsNumbers) {
    for (const word of ['zero', ...unitWords, ...teenWords, ...tenWords]) words.add(word)
    rules.push(
      `<unit> = ${unitWords.join(' | ')};`,
      `<number> = zero | <unit> | ${teenWords.join(' | ')} | (${tenWords.join(' | ')}) [<unit>];`,
    )
  }
  rules.push(`${anything} = (${phoneWords.join(' | ')})+;`)
  const top = `public <sentence> = ${[...names, anything].join(' | ')};`
  return { jsgf: ['#JSGF V1.0;', 'grammar tools;', top, ...rules, ''].join('\n'), words: [...words] }
}

type MakeFiller = (slots: Map<string, Slot>, tokens: Token[], text: string) => Filler

function reader(commands: Command[], split: (text: string) => Token[], makeFiller: MakeFiller) {
  const automata = commands.map((command) => ({ command, automata: command.patterns.map(toAutomaton) }))
  return (text: string): Understanding | undefined => {
    const tokens = split(text)
    let best: { cost: number; command: Command; filled: Filled[] } | undefined
    for (const { command, automata: own } of automata) {
      const filler = makeFiller(command.slots, tokens, text)
      for (const automaton of own) {
        const found = cheapest(automaton, tokens, filler)
        if (found && (!best || found.cost < best.cost)) best = { ...found, command }
      }
    }
    return best && understanding(text, best.command, best.filled)
  }
}

function understanding(text: string, command: Command, filled: Filled[]): Understanding {
  const transcript = fillIn(text, filled)
  const values = new Map(filled.map(({ slot, value }) => [slot, value?.value]))
  for (const [name, slot] of command.slots) {
    if (slot.fixed && command.required.includes(name)) values.set(name, slot.values[0]?.value)
  }
  const missing = command.required.filter((name) => values.get(name) === undefined)
  const unheard = [...new Set([...missing, ...filled.filter(({ value }) => !value).map(({ slot }) => slot)])]
  if (unheard.length > 0) return { type: 'unheard', name: command.name, unheard, transcript }
  const entries = [...values].map(([name, value]): [string, unknown] => {
    return [name, command.slots.get(name)?.list ? [value] : value]
  })
  return { type: 'call', name: command.name, arguments: Object.fromEntries(entries), transcript }
}

/** The text with the arguments as they are written. */
function fillIn(text: string, filled: Filled[]): string {
  let transcript = ''
  let at = 0
  for (const { from, to, value } of filled) {
    transcript += text.slice(at, from) + (value?.text ?? '(something)')
    at = to
  }
  return transcript + text.slice(at)
}

/** Reading takes time that is quadratic in the number of words: those of a very long text's end stay together. */
function joinRest(tokens: Token[]): Token[] {
  const rest = tokens.slice(maximumTypedWords)
  const [first] = rest
  const last = rest.at(-1)
  if (!first || !last) return tokens
  return [...tokens.slice(0, maximumTypedWords), { word: '', from: first.from, to: last.to }]
}

const normaliseTyped = (typed: string): string =>
  typed
    .toLowerCase()
    .replace(/[‘’]/g, "'")
    .replace(/^[^\p{Letter}\p{Number}]+|[^\p{Letter}\p{Number}]+$/gu, '')
    .replace(/^e-mail(s?)$/, 'email$1')
