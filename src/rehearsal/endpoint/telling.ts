import { z } from 'zod'
import { sentences } from '../speech/sentences.ts'
import { identifierWords } from '../speech/spoken.ts'

const errorSchema = z.looseObject({ error: z.looseObject({ message: z.string() }) })
const resultSchema = z.looseObject({ result: z.unknown() })

const maximumSentences = 3
const maximumLength = 300
const maximumParts = 3

/**
 * What is said about a tool's output: the text of `{ result }`, the message of `{ error }`, and nothing that the tool
 * did not say. Stops at the end of a sentence, after three at most.
 */
export function tell(output: string): string {
  const parsed = parse(output)
  const failed = errorSchema.safeParse(parsed)
  if (failed.success) return shorten(failed.data.error.message)
  const answered = resultSchema.safeParse(parsed)
  const result = answered.success && 'result' in answered.data ? answered.data.result : parsed
  return shorten(inWords(typeof result === 'string' ? parse(result) : result))
}

export function isError(output: string): boolean {
  return errorSchema.safeParse(parse(output)).success
}

const cancelledSchema = z.looseObject({ error: z.looseObject({ code: z.literal('cancelled') }) })

/** The caller knows: it was their doing. */
export function isCancelled(output: string): boolean {
  return cancelledSchema.safeParse(parse(output)).success
}

function parse(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Data as a list of what is in it; a text stays as it is. */
function inWords(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'The answer is empty.'
  if (typeof value !== 'object') return String(value)
  const entries = Object.entries(value).slice(0, maximumParts)
  if (entries.length === 0) return 'The answer is empty.'
  if (Array.isArray(value)) return entries.map(([, element]) => inWords(element)).join(', ')
  return entries.map(([key, element]) => `${identifierWords(key).join(' ')} ${inWords(element)}`).join(', ')
}

function shorten(text: string): string {
  let told = ''
  for (const sentence of sentences(text).slice(0, maximumSentences)) {
    const longer = told ? `${told} ${sentence}` : sentence
    if (longer.length > maximumLength && told) break
    told = longer
  }
  if (told.length <= maximumLength) return told
  const cut = told.slice(0, maximumLength)
  return `${cut.slice(0, cut.lastIndexOf(' ') + 1 || maximumLength).trim()} …`
}
