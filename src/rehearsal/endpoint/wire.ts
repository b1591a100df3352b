import { z } from 'zod'

/** The client's side of the OpenAI Realtime protocol, as far as it is understood here; other keys are left alone. */

const identifier = z.string().min(1).max(512)

const contentSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  transcript: z.string().nullish(),
})

const itemSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message'),
    id: identifier.optional(),
    role: z.enum(['user', 'assistant', 'system']),
    content: z.union([z.array(contentSchema), contentSchema.transform((content) => [content])]),
  }),
  z.object({
    type: z.literal('function_call'),
    id: identifier.optional(),
    call_id: identifier,
    name: z.string().min(1),
    arguments: z.string(),
  }),
  z.object({
    type: z.literal('function_call_output'),
    id: identifier.optional(),
    call_id: identifier,
    output: z.string(),
  }),
])

const turnDetectionSchema = z.looseObject({
  type: z.enum(['server_vad', 'semantic_vad']),
  create_response: z.boolean().nullish(),
  interrupt_response: z.boolean().nullish(),
  silence_duration_ms: z.number().nullish(),
})

const audioSchema = z.looseObject({
  input: z
    .looseObject({
      turn_detection: turnDetectionSchema.nullish(),
      transcription: z.looseObject({}).nullish(),
    })
    .optional(),
  output: z.looseObject({ voice: z.unknown() }).partial().optional(),
})

const toolSchema = z.looseObject({
  type: z.literal('function'),
  name: z.string(),
  description: z.string().optional(),
  parameters: z.unknown().optional(),
})

const sessionSchema = z.looseObject({
  audio: audioSchema.optional(),
  instructions: z.string().optional(),
  output_modalities: z.array(z.enum(['text', 'audio'])).optional(),
  tools: z.array(toolSchema).optional(),
  tool_choice: z.unknown().optional(),
})

const responseSchema = z.looseObject({
  instructions: z.string().optional(),
  metadata: z.record(z.string(), z.string()).nullish(),
  output_modalities: z.array(z.enum(['text', 'audio'])).optional(),
  tool_choice: z.unknown().optional(),
})

const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.object({ type: z.literal(type), event_id: z.string().max(512).optional(), ...shape })

export const clientEventSchema = z.discriminatedUnion('type', [
  event('session.update', { session: sessionSchema }),
  event('input_audio_buffer.append', { audio: z.base64() }),
  event('input_audio_buffer.commit', {}),
  event('input_audio_buffer.clear', {}),
  event('conversation.item.create', { item: itemSchema, previous_item_id: z.string().nullish() }),
  event('conversation.item.delete', { item_id: z.string() }),
  event('conversation.item.truncate', {
    item_id: z.string(),
    content_index: z.number().int(),
    audio_end_ms: z.number().nonnegative(),
  }),
  event('response.create', { response: responseSchema.optional() }),
  event('response.cancel', { response_id: z.string().optional() }),
])

export type ClientEvent = z.infer<typeof clientEventSchema>
export type ItemInput = z.infer<typeof itemSchema>
export type SessionInput = z.infer<typeof sessionSchema>
export type ResponseInput = z.infer<typeof responseSchema>
export type TurnDetection = Partial<z.infer<typeof turnDetectionSchema>>
export type Content = z.infer<typeof contentSchema>

/** What the server sends; `event_id` is added when it is sent. */
export type ServerEvent = { type: string; [key: string]: unknown }
export type Send = (event: ServerEvent) => void

export class RequestError extends Error {
  readonly code: string
  /** The part of the event that is wrong, such as `session.tools[3].parameters`. */
  readonly param: string | null
  constructor(code: string, message: string, param: string | null = null) {
    super(message)
    this.code = code
    this.param = param
  }
}

/** Reads one message of a client. Throws a `RequestError` that says what is wrong with it. */
export function readClientEvent(text: string): ClientEvent {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new RequestError('invalid_json', 'This message is not JSON.')
  }
  const parsed = clientEventSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue && issue.path.length > 0 ? ` (at ${issue.path.join('.')})` : ''
  throw new RequestError('invalid_event', `${issue?.message ?? 'This message is not understood.'}${where}`)
}

/** The `event_id` of a message, also of one that is wrong otherwise. */
export function eventIdOf(text: string): string | null {
  try {
    const parsed = z.looseObject({ event_id: z.string() }).safeParse(JSON.parse(text))
    return parsed.success ? parsed.data.event_id : null
  } catch {
    return null
  }
}
