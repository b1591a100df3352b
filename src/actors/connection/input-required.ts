import { z } from 'zod'
import type { AskedQuestion, QuestionReply } from '../../contract/connection.ts'
import { readQuestion, Unaskable } from './asked.ts'
import type { RootList } from './roots.ts'
import type { Tell } from './tell.ts'

/** In one round; nobody answers more. */
const maxRequests = 20

const inputRequestsSchema = z.record(
  z.string(),
  z.object({ method: z.string(), params: z.unknown().optional() }),
)

export type InputRequests = z.infer<typeof inputRequestsSchema>

const kindSchema = z.object({ resultType: z.literal('input_required') })
const inputRequiredSchema = z.object({
  inputRequests: inputRequestsSchema.default({}),
  requestState: z.string().optional(),
})

/**
 * A result that is none yet: the request is to be sent again with answers (MCP 2026-07-28, "Multi Round-Trip Requests").
 * Nothing where it is one.
 * @throws ZodError where it is none, and cannot be read
 */
export function readInputRequired(result: unknown): z.infer<typeof inputRequiredSchema> | undefined {
  return kindSchema.safeParse(result).success ? inputRequiredSchema.parse(result) : undefined
}

/**
 * The answers to all that the server wants to know, by its keys; nothing where it asks for more than we offer.
 * @throws the signal's reason when it aborts
 */
export async function inputResponses(
  requests: InputRequests,
  tell: Tell,
  ask: (question: AskedQuestion, signal: AbortSignal) => Promise<QuestionReply>,
  signal: AbortSignal,
  roots: RootList | undefined,
): Promise<Record<string, QuestionReply | RootList> | undefined> {
  const asked = Object.entries(requests)
  const isOffered = (method: string) =>
    method === 'elicitation/create' || (method === 'roots/list' && roots !== undefined)
  if (asked.length > maxRequests || !asked.every(([, { method }]) => isOffered(method))) return undefined
  const over = new AbortController()
  const givenUp = new Promise<never>((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        over.abort()
        reject(signal.reason)
      },
      { once: true },
    )
  })
  const replies = asked.map(async ([key, { method, params }]) => {
    if (roots && method === 'roots/list') return [key, roots] as const
    return [key, await answer(params, tell, (question) => ask(question, over.signal))] as const
  })
  return Object.fromEntries(await Promise.race([givenUp, Promise.all(replies)]))
}

async function answer(
  params: unknown,
  tell: Tell,
  ask: (question: AskedQuestion) => Promise<QuestionReply>,
): Promise<QuestionReply> {
  try {
    return await ask(readQuestion(params, tell))
  } catch (error) {
    // There is no error among the answers.
    if (error instanceof Unaskable) return { action: 'cancel' }
    throw error
  }
}
