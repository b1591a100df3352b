import { z } from 'zod'
import type { AskedQuestion } from '../../contract/connection.ts'
import { messageOf } from '../../contract/errors.ts'
import type { JsonObject } from '../../contract/protocol.ts'
import type { Tell } from './tell.ts'
import { tidy } from './tidy.ts'

/** It is spoken. */
const maxMessageCharacters = 2_000
/** What is read at all. */
const maxRawCharacters = 100_000
const maxUrlCharacters = 4_000
const maxFields = 30
const maxFieldNameCharacters = 100
const maxOptions = 100

const invalidParams = -32602

/** Why a question is not asked, as a JSON-RPC error: the SDK answers with its `code`. */
export class Unaskable extends Error {
  readonly code = invalidParams
}

const words = { title: z.string().optional(), description: z.string().optional() }
const count = z.number().int().nonnegative().optional()
const options = z.array(z.string()).min(1).max(maxOptions)
const titledOptions = z
  .array(z.object({ const: z.string(), title: z.string().optional() }))
  .min(1)
  .max(maxOptions)

/** The schemas that a form may have (MCP 2025-11-25, "Requested Schema"); what else stands in them is left out. */
const fieldSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('string'),
    ...words,
    minLength: count,
    maxLength: count,
    format: z.enum(['email', 'uri', 'date', 'date-time']).optional(),
    enum: options.optional(),
    enumNames: options.optional(),
    oneOf: titledOptions.optional(),
    default: z.string().optional(),
  }),
  z.object({
    type: z.enum(['number', 'integer']),
    ...words,
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    default: z.number().optional(),
  }),
  z.object({ type: z.literal('boolean'), ...words, default: z.boolean().optional() }),
  z.object({
    type: z.literal('array'),
    ...words,
    minItems: count,
    maxItems: count,
    items: z.union([
      z.object({ type: z.literal('string'), enum: options }),
      z.object({ anyOf: titledOptions }),
    ]),
    default: z.array(z.string()).max(maxOptions).optional(),
  }),
])

const formSchema = z.object({
  type: z.literal('object'),
  properties: z.record(z.string().min(1).max(maxFieldNameCharacters), fieldSchema),
  required: z.array(z.string()).max(maxFields).optional(),
})

const message = z.string().max(maxRawCharacters)

const paramsSchema = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('form'), message, requestedSchema: z.unknown() }),
  z.object({ mode: z.literal('url'), message, url: z.string().max(maxUrlCharacters) }),
])

/** Before `mode` there were forms only. */
const modeSchema = z.looseObject({ mode: z.unknown().optional() })

/**
 * The parameters of an `elicitation/create` request, cleaned, and without secrets of ours.
 * @throws Unaskable
 */
export function readQuestion(raw: unknown, tell: Tell): AskedQuestion {
  const { mode = 'form', ...others } = parsed(modeSchema, raw, 'params')
  const params = parsed(paramsSchema, { ...others, mode }, 'params')
  const told = tell(params.message, maxMessageCharacters)
  if (params.mode === 'url') return { mode: 'url', message: told, url: readUrl(params.url, tell) }
  return { mode: 'form', message: told, schema: readForm(params.requestedSchema, tell) }
}

function readForm(raw: unknown, tell: Tell): JsonObject {
  let tidied: unknown
  try {
    tidied = tidy(raw, tell)
  } catch (error) {
    throw new Unaskable(`requestedSchema: ${messageOf(error)}`)
  }
  const form = parsed(formSchema, tidied, 'requestedSchema')
  const fields = Object.keys(form.properties).length
  if (fields > maxFields) throw new Unaskable(`requestedSchema: ${fields} fields; at most ${maxFields}`)
  const unknown = form.required?.find((name) => !Object.hasOwn(form.properties, name))
  if (unknown !== undefined) throw new Unaskable('requestedSchema: it requires a field that it does not have')
  // Names and values of choices cannot be changed without changing what an answer means.
  refuseSecrets(JSON.stringify(form), tell, 'requestedSchema')
  return form
}

/** As a browser would write it: nothing in it is hidden. */
function readUrl(raw: string, tell: Tell): string {
  if (!URL.canParse(raw)) throw new Unaskable('url: it is none')
  const { protocol, username, password, href } = new URL(raw)
  if (protocol !== 'https:' && protocol !== 'http:') throw new Unaskable('url: neither https nor http')
  // What stands before an @ is easily taken for the host.
  if (username !== '' || password !== '') throw new Unaskable('url: it names a user')
  refuseSecrets(href, tell, 'url')
  return href
}

function refuseSecrets(text: string, tell: Tell, place: string): void {
  if (tell(text, Number.POSITIVE_INFINITY) !== text) throw new Unaskable(`${place}: it holds a secret`)
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, place: string): z.infer<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Unaskable(`${[place, ...(issue?.path ?? [])].join('.')}: ${issue?.message}`)
}
