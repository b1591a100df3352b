import type { CallError, JsonObject, SilenceSituation } from './protocol.ts'
import { cap, clean, written } from './text.ts'

/** Every sentence that is said without a model, one place for each language. */
export interface Phrases {
  /** While the caller waits. */
  filler(situation: SilenceSituation): string
  /** Asks for a yes before something is done. */
  confirm(call: { function: string; arguments: JsonObject }): string
  /** What a server wants to know; the words are its own. */
  question(asked: { server: string; message: string }): string
  /** Of a call that failed: what happened, and whether anything was done. `effect` must be told whatever the language. */
  error(failure: CallError & { function: string }): string
}

const maxProgressCharacters = 120
const maxValueCharacters = 200

export const english: Phrases = {
  filler: ({ progress, saidBefore }) => {
    if (progress !== undefined) return `One moment, please: ${sentence(cap(progress, maxProgressCharacters))}`
    return saidBefore === 0 ? 'One moment, I am on it.' : 'I am still on it, please wait a little longer.'
  },
  confirm: ({ function: name, arguments: args }) => {
    const given = Object.entries(args).filter(([, value]) => value !== undefined)
    const values = given.map(([key, value]) => `${spoken(key)} ${inWords(value)}`)
    const details = values.length === 0 ? '' : `, with the ${values.join(', and the ')}`
    return `Shall I ${spoken(name)}${details}?`
  },
  question: ({ server, message }) => `${spoken(server)} asks: ${sentence(message)}`,
  error: ({ message }) => message,
}

export function phrasesWith(replaced: Partial<Phrases> = {}): Phrases {
  return { ...english, ...replaced }
}

function spoken(identifier: string): string {
  return identifier.replace(/[_-]+/g, ' ').trim()
}

function inWords(value: unknown): string {
  const text = typeof value === 'string' ? value : written(value)
  return cap(clean(text), maxValueCharacters)
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}
