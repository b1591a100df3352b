import { identifierWords } from '../speech/spoken.ts'
import {
  canBeSilent,
  choice,
  optional,
  type Pattern,
  parsePhrase,
  plainSentence,
  sequence,
  slot,
  slotNames,
  word,
  wordsOf,
} from './pattern.ts'
import { exampleText, isSpeakable, isTypeable, type Property, readProperties, type Slot } from './slots.ts'

/** A tool as any list has it: `parameters` in the Realtime API, `inputSchema` in MCP. */
export interface ToolLike {
  name: string
  parameters?: unknown
  inputSchema?: unknown
}

/** Phrases for functions whose name is not what people say: `{ get_weather: ['(what is|how is) the weather in {city}'] }`. */
export type Phrases = Record<string, string[]>

/** The sentences of one tool. */
export interface Command {
  name: string
  slots: Map<string, Slot>
  required: string[]
  patterns: Pattern[]
  /** Required properties that have no value that could be said. */
  unspeakable: string[]
  /** Required properties for which nothing can be typed either. */
  untypeable: string[]
  example: string
}

const articles = ['the', 'a', 'an']
/** Those that are often part of a value cost more: "about lunch in the park" has one boundary. */
const connectives = new Map([
  ['with', 0.5],
  ['for', 0.5],
  ['to', 0.5],
  ['about', 0],
  ['in', 0.5],
  ['of', 0.5],
  ['on', 0.5],
  ['saying', 0],
])
const maximumNameWords = 12
const maximumOptionalSlots = 4

const polite = optional(choice([['please'], ['can', 'you'], ['could', 'you'], ['would', 'you']].map(wordsOf)))

const connective = optional(choice([...connectives].map(([text, cost]) => word(text, cost))), 2)

const article = (cost: number): Pattern => optional(choice(articles.map((text) => word(text, cost))))

/** `[and] [with|for|…] [the] [subject] {subject}` */
function slotPattern({ name, required }: Property): Pattern {
  const words = identifierWords(name).filter((candidate) => !articles.includes(candidate))
  const named = words.length > 0 && words.length <= maximumNameWords && !connectives.has(words.join(' '))
  const label = sequence([article(0), wordsOf(named ? words : [])])
  // Without the label an article is more likely part of the value.
  const unlabelled = optional(choice(articles.map((text) => word(text, 2.1))), 2)
  const lead = !named ? unlabelled : required ? choice([label, unlabelled]) : label
  return sequence([optional(word('and')), connective, lead, slot(name)])
}

function namePattern(words: string[]): Pattern {
  return sequence(words.flatMap((text, index) => (index === 0 ? [word(text)] : [article(0), word(text)])))
}

export function readCommand(tool: ToolLike, phrases: string[] = []): Command {
  const properties = readProperties(tool.parameters ?? tool.inputSchema)
  const required = properties.filter((property) => property.required)
  const words = identifierWords(tool.name).slice(0, maximumNameWords)
  const offered = properties.filter(({ required, slot, name }) => {
    return required ? !slot.fixed : isSpeakable(slot) && identifierWords(name).length > 0
  })
  const extras = offered.filter((property) => !property.required).slice(0, maximumOptionalSlots)
  const values = sequence(
    offered.flatMap((property) => {
      if (property.required) return [slotPattern(property)]
      return extras.includes(property) ? [optional(slotPattern(property))] : []
    }),
  )
  // The name alone is heard too, so that what is missing can be asked for.
  const generic = sequence([namePattern(words), optional(values, slotNames(values).length > 0 ? 20 : 0)])
  const given = phrases.map(parsePhrase)
  const slots = new Map(properties.map(({ name, slot }) => [name, slot]))
  const usable = [...given, ...(words.length > 0 ? [generic] : [])].filter((pattern) => {
    return !canBeSilent(pattern) && slotNames(pattern).every((name) => slots.has(name))
  })
  return {
    name: tool.name,
    slots,
    required: required.map(({ name }) => name),
    patterns: usable.map((pattern) => sequence([polite, pattern, optional(word('please'))])),
    unspeakable: required.filter(({ slot }) => !isSpeakable(slot)).map(({ name }) => name),
    untypeable: required.filter(({ slot }) => !isTypeable(slot)).map(({ name }) => name),
    example: given[0]
      ? plainSentence(given[0], (name) => exampleText(slots.get(name) ?? noSlot))
      : exampleSentence(words, required),
  }
}

const noSlot: Slot = {
  values: [],
  number: undefined,
  freeText: true,
  email: false,
  fixed: false,
  list: false,
}

const makingVerbs = new Set([
  'send',
  'draft',
  'create',
  'write',
  'add',
  'make',
  'book',
  'schedule',
  'start',
  'post',
])
const otherVerbs = new Set(
  'search fetch read get list open close find show check delete remove update run stop call play look ask set'.split(
    ' ',
  ),
)
const firstConnectives = new Map([
  ['to', 'to'],
  ['recipient', 'to'],
  ['query', 'for'],
  ['q', 'for'],
  ['term', 'for'],
  ['topic', 'about'],
  ['city', 'in'],
  ['location', 'in'],
  ['place', 'in'],
])

function exampleSentence(nameWords: string[], required: Property[]): string {
  const [verb = '', ...rest] = nameWords
  const [noun = ''] = rest
  const indefinite = /^[aeiou]/.test(noun) ? 'an' : 'a'
  const determiner = makingVerbs.has(verb) ? indefinite : otherVerbs.has(verb) ? 'the' : ''
  const spoken = required.filter(({ slot }) => !slot.fixed)
  const slots = spoken.map(({ name, slot }, index) => {
    const value = exampleText(slot)
    const label = identifierWords(name).join(' ')
    if (index === 0) return `${firstConnectives.get(name.toLowerCase()) ?? ''} ${value}`
    if (label.length < 2) return `and ${value}`
    return `${index === 1 ? 'with' : 'and'} the ${label} ${value}`
  })
  return [verb, rest.length > 0 ? determiner : '', ...rest, ...slots].join(' ').replace(/\s+/g, ' ').trim()
}
