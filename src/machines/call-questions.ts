/** The questions that a server asks while it runs a call: one at a time, and not without end. */
import { z } from 'zod'
import type { AskedQuestion, FormContent, QuestionReply } from '../contract/connection.ts'
import type { JsonObject, QuestionAnswer, QuestionEnd } from '../contract/protocol.ts'
import type { CallContext } from './call-context.ts'
import type { CallNews } from './messages.ts'
import { violation } from './validation.ts'

/** Of one call, one after the other: each keeps its caller busy, and its deadline standing. */
export const maxQuestions = 20
/** Answers to one question that do not fit it. */
export const maxUnfitAnswers = 3

export interface WaitingQuestion {
  questionId: string
  question: AskedQuestion
}

export interface CallQuestions {
  /** The first is being asked; in the order in which they came. */
  questions: readonly WaitingQuestion[]
  questionsSoFar: number
  /** When the first one was asked. */
  askedAt: number
  unfitAnswers: number
}

export const noQuestions: CallQuestions = { questions: [], questionsSoFar: 0, askedAt: 0, unfitAnswers: 0 }

export function queued(
  { questions, questionsSoFar }: CallQuestions,
  { questionId, question }: Extract<CallNews, { type: 'call.question' }>,
): Partial<CallQuestions> {
  return {
    questions: [...questions, { questionId, question }],
    questionsSoFar: questionsSoFar + 1,
  }
}

export function withoutQuestion({ questions }: CallQuestions, questionId: string): Partial<CallQuestions> {
  return { questions: questions.filter((one) => one.questionId !== questionId) }
}

/** What its times are after the question: they stood still. */
export function resumed({ askedAt, deadlineAt, lastDeadlineAt, input }: CallContext) {
  const stoodMs = input.now() - askedAt
  return { deadlineAt: deadlineAt + stoodMs, lastDeadlineAt: lastDeadlineAt + stoodMs }
}

const contentSchema = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.string())], {
    error: 'a text, a number, yes or no, or a list of texts is needed',
  }),
)

const fieldsSchema = z.record(z.string(), z.looseObject({ default: z.unknown().optional() }))

/** The caller's answer to the question that is being asked: as it is sent, or in words why it is not. */
export function readAnswer(
  { questions: [asked] }: CallQuestions,
  event: { type: string; questionId?: string; answer?: QuestionAnswer },
): Fitting | string | undefined {
  if (asked === undefined || event.questionId !== asked.questionId || !event.answer) return undefined
  return fitting(asked.question, event.answer)
}

/** What goes to the server. */
export type Fitting = { reply: QuestionReply; how: QuestionEnd }

function fitting(question: AskedQuestion, answer: QuestionAnswer): Fitting | string {
  if (answer.action === 'decline') return { reply: { action: 'decline' }, how: 'declined' }
  if (answer.action === 'cancel') return { reply: { action: 'cancel' }, how: 'cancelled' }
  if (question.mode === 'url') return { reply: { action: 'accept' }, how: 'accepted' }
  const content = fittingContent(question, answer.content)
  if (typeof content === 'string') return content
  return { reply: { action: 'accept', content }, how: 'accepted' }
}

/** A field that is not asked for is the caller's own: it does not leave. */
function fittingContent(
  { message, schema }: Extract<AskedQuestion, { mode: 'form' }>,
  content: JsonObject,
): FormContent | string {
  const flat = contentSchema.safeParse(content)
  if (!flat.success) {
    const [problem = ''] = flat.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`)
    return problem
  }
  const filled = { ...defaultsOf(schema), ...flat.data }
  const closed = { ...schema, additionalProperties: false }
  return violation(closed, filled, `the answer to "${message}"`) ?? filled
}

/** What a form shows as filled in already, and what is sent unless the caller says otherwise (MCP, "Elicitation"; SEP-1034). */
function defaultsOf({ properties }: JsonObject): FormContent {
  const fields = fieldsSchema.safeParse(properties)
  const presets = Object.entries(fields.data ?? {}).map(([name, field]) => [name, field.default])
  const flat = presets.filter((preset) => contentSchema.safeParse(Object.fromEntries([preset])).success)
  return contentSchema.parse(Object.fromEntries(flat))
}
