import { z } from 'zod'
import type { JsonObject, Question, QuestionAnswer } from '../contract/protocol.ts'

/** What a client can be asked; a client of old that says no more than `elicitation: {}` knows forms. */
const capabilitySchema = z
  .looseObject({ form: z.unknown().optional(), url: z.unknown().optional() })
  .transform(({ form, url }) => ({ form: form !== undefined || url === undefined, url: url !== undefined }))

export type Askable = z.infer<typeof capabilitySchema>

/** By the `elicitation` capability that a client declared. */
export function askableOf(elicitation: unknown): Askable {
  return capabilitySchema.safeParse(elicitation).data ?? { form: false, url: false }
}

/** `elicitation/create` (MCP 2025-11-25, "Elicitation"). */
export function parametersOf(question: Question): JsonObject {
  const message =
    question.problem === undefined ? question.message : `${question.message} (${question.problem})`
  if (question.mode === 'url') return { mode: 'url', message, url: question.url, elicitationId: question.id }
  return { mode: 'form', message, requestedSchema: question.schema }
}

/** A form without fields: to accept it is the yes. */
export function confirmationOf(message: string): JsonObject {
  return { mode: 'form', message, requestedSchema: { type: 'object', properties: {} } }
}

export const answerSchema = z.looseObject({
  action: z.enum(['accept', 'decline', 'cancel']),
  content: z.record(z.string(), z.unknown()).nullish(),
})

export function answerOf({ action, content }: z.infer<typeof answerSchema>): QuestionAnswer {
  return action === 'accept' ? { action, content: content ?? {} } : { action }
}
