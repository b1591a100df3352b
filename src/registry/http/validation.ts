import { z } from 'zod'
import { nearest } from '../../text/nearest.ts'
import { cap, oneLine } from '../../text/text.ts'
import { HttpProblem } from './problem.ts'

type FieldErrors = { pointer: string; detail: string }[]

const maxErrors = 20
const maxShownCharacters = 60
/** What configurations of other clients have for servers that they start themselves. */
const ofCommands = new Set(['command', 'args', 'env', 'cwd', 'stdio', 'envFile', 'transport', 'type'])
const urlRemedy = 'a server is named by its https address alone, in "url"; the registry starts no commands'
// No database keeps these in a text, and no honest client has them in one.
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what it looks for
const unkeepable = /[\u0000\p{Surrogate}]/u

/** @throws HttpProblem 400 that names each field */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value)
  const errors = parsed.success
    ? unkeepableTexts(parsed.data)
    : parsed.error.issues.flatMap((issue) => fieldErrors(issue, schema))
  if (parsed.success && errors.length === 0) return parsed.data
  throw invalid(errors.slice(0, maxErrors))
}

/** The problem to throw where these fields are wrong. */
export function invalid(errors: FieldErrors): HttpProblem {
  const [first] = errors
  const where = first === undefined || first.pointer === '' ? '' : ` (${first.pointer}: ${first.detail})`
  const detail =
    errors.length === 1 && where === '' && first !== undefined
      ? `The request is not as it has to be: ${first.detail}.`
      : `The request is not as it has to be${where}; correct what "errors" names.`
  return new HttpProblem(400, detail, { code: 'invalid_request', errors, nothingChanged: true })
}

/** RFC 6901. */
function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${shown(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function fieldErrors(issue: z.core.$ZodIssue, schema: z.ZodType): FieldErrors {
  if (issue.code !== 'unrecognized_keys') {
    return [{ pointer: pointerOf(issue.path), detail: oneLine(cap(issue.message, 200)) }]
  }
  const known = issue.path.length === 0 && schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  return issue.keys.map((key) => ({
    pointer: pointerOf([...issue.path, key]),
    detail: `"${shown(key)}" is not known here${remedyFor(key, known)}`,
  }))
}

function remedyFor(key: string, known: readonly string[]): string {
  if (known.includes('url') && ofCommands.has(key)) return `: ${urlRemedy}`
  const guess = nearest(key.slice(0, maxShownCharacters), known)
  return guess === '' && known.length > 0 ? `; there is ${known.join(', ')}` : guess
}

function shown(text: string): string {
  return oneLine(text.replace(/\p{Surrogate}/gu, '\ufffd').slice(0, maxShownCharacters))
}

/** What has passed a schema is not nested deeply. */
function unkeepableTexts(value: unknown, path: readonly PropertyKey[] = []): FieldErrors {
  if (typeof value === 'string') {
    if (!unkeepable.test(value)) return []
    return [{ pointer: pointerOf(path), detail: 'has a character that is none (NUL, or half of one)' }]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    ...unkeepableTexts(key, path),
    ...unkeepableTexts(inner, [...path, key]),
  ])
}
