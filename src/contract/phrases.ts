import { oneLine } from '../text/text.ts'
import type { CallError, JsonObject, SilenceSituation } from './protocol.ts'

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
const maxQuestionCharacters = 300
const maxNameCharacters = 64
const maxValueCharacters = 200

export const english: Phrases = {
  filler: ({ progress, saidBefore }) => {
    // A server's claim, that of a payment for example, is not the agent's.
    if (progress !== undefined)
      return `One moment, please. I am told: ${sentence(short(progress, maxProgressCharacters))}`
    return saidBefore === 0 ? 'One moment, I am on it.' : 'I am still on it, please wait a little longer.'
  },
  confirm: ({ function: name, arguments: args }) => {
    const given = Object.entries(args).filter(([, value]) => value !== undefined)
    const values = given.map(([key, value]) => `${spoken(key)} ${inWords(value)}`)
    const details = values.length === 0 ? '' : `, with the ${values.join(', and the ')}`
    return `Shall I ${spoken(name)}${details}?`
  },
  question: ({ server, message }) =>
    `${spoken(server)} asks: ${sentence(short(message, maxQuestionCharacters))}`,
  error: ({ message }) => message,
}

export function phrasesWith(replaced: Partial<Phrases> = {}): Phrases {
  return { ...english, ...replaced }
}

function spoken(identifier: string): string {
  return short(identifier.replace(/[_-]+/g, ' '), maxNameCharacters)
}

function inWords(value: unknown): string {
  return short(typeof value === 'string' ? value : inJson(value), maxValueCharacters)
}

/** A model's arguments are any JSON, a program's may be anything. */
function inJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  const readable = (_: string, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)
  try {
    const text: string | undefined = JSON.stringify(value, readable)
    return text ?? 'nothing'
  } catch {
    return 'something that cannot be said'
  }
}

/** A caller has to hear that something is left out. */
function short(text: string, maxCharacters: number): string {
  const line = oneLine(text)
  if (line.length <= maxCharacters) return line
  const kept = line.slice(0, maxCharacters).replace(/[\ud800-\udbff]$/, '')
  return `${kept.trimEnd()} and more`
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}
