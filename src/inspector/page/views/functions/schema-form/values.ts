import type { JsonObject } from '../../../../../contract/protocol.ts'
import { wordsOfError } from '../../../api.ts'
import { type Field, isObject, jsonNoun } from './fields.ts'

/** What stands in the fields, by name. */
export type Typed = ReadonlyMap<string, string>

export type Read = { arguments: JsonObject } | { problems: ReadonlyMap<string, string> }

type Value = { value: unknown } | { problem: string } | undefined

/** The arguments that were meant, or what is wrong with which. Whether they fit the schema in all, the call itself finds out. */
export function readFields(fields: readonly Field[], typed: Typed): Read {
  const problems = new Map<string, string>()
  const entries: [string, unknown][] = []
  for (const field of fields) {
    const read = readField(field, typed.get(field.name) ?? '')
    if (!read) continue
    if ('problem' in read) problems.set(field.name, read.problem)
    else entries.push([field.name, read.value])
  }
  // A plain assignment of `__proto__` would be none.
  return problems.size > 0 ? { problems } : { arguments: Object.fromEntries(entries) }
}

/** All arguments in one text. */
export function readJson(text: string): { arguments: JsonObject } | { problem: string } {
  const read = parsed(text.trim() === '' ? '{}' : text)
  if ('problem' in read) return read
  return isObject(read.value) ? { arguments: read.value } : { problem: 'Give an object: { … }.' }
}

/** Nothing where it is not given and need not be. */
function readField(field: Field, text: string): Value {
  const { kind, choices, isRequired } = field
  if (kind === 'choice') {
    const choice = text === '' ? undefined : choices[Number(text)]
    if (choice) return { value: choice.value }
    return isRequired ? { problem: 'Choose one.' } : undefined
  }
  if (text.trim() === '') return isRequired ? { problem: missing(field) } : undefined
  if (kind === 'text') return readText(field, text)
  if (kind === 'json') return readPart(field, text)
  return readNumber(field, text)
}

function missing({ kind, schema }: Field): string {
  if (kind === 'text') return 'Give a text.'
  return kind === 'json' ? `Give ${jsonNoun(schema)}.` : 'Give a number.'
}

function readText({ schema: { minLength, maxLength } }: Field, text: string): Value {
  // As JSON Schema counts them.
  const { length } = [...text]
  if (typeof minLength === 'number' && length < minLength) {
    return { problem: `Give at least ${minLength} characters; this has ${length}.` }
  }
  if (typeof maxLength === 'number' && length > maxLength) {
    return { problem: `Give at most ${maxLength} characters; this has ${length}.` }
  }
  return { value: text }
}

function readNumber({ kind, schema: { minimum, maximum } }: Field, text: string): Value {
  const value = Number(text)
  if (!Number.isFinite(value)) return { problem: 'Give a number, such as 12 or 0.5.' }
  if (kind === 'integer' && !Number.isInteger(value)) return { problem: 'Give a whole number.' }
  if (typeof minimum === 'number' && value < minimum) return { problem: `Give at least ${minimum}.` }
  if (typeof maximum === 'number' && value > maximum) return { problem: `Give at most ${maximum}.` }
  return { value }
}

function readPart({ schema }: Field, text: string): Value {
  const read = parsed(text)
  if ('problem' in read) return read
  const noun = jsonNoun(schema)
  if (noun === 'a list' && !Array.isArray(read.value)) return { problem: 'Give a list: [ … ].' }
  if (noun === 'an object' && !isObject(read.value)) return { problem: 'Give an object: { … }.' }
  return read
}

function parsed(text: string): { value: unknown } | { problem: string } {
  try {
    const value: unknown = JSON.parse(text)
    return { value }
  } catch (error) {
    return { problem: `This is not JSON: ${wordsOfError(error)}.` }
  }
}
