import { z } from 'zod'
import type { AskedQuestion } from '../contract/connection.ts'
import { messageOf } from '../contract/errors.ts'
import type {
  CallOptions,
  Question,
  QuestionAnswer,
  QuestionEnd,
  SwitchboardEvent,
} from '../contract/protocol.ts'

/** What events tell of a question. */
type Facts = Omit<Extract<SwitchboardEvent, { type: 'question.asked' }>, 'type' | 'at'>

interface OpenQuestion {
  facts: Facts
  question: AskedQuestion
  onQuestion: CallOptions['onQuestion']
  /** How it ends if the host's last answer is taken. */
  hoped: QuestionEnd | undefined
  controller: AbortController
}

const answerSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('accept'), content: z.record(z.string(), z.unknown()).default({}) }),
  z.object({ action: z.literal('decline') }),
  z.object({ action: z.literal('cancel') }),
])

const endOf = { accept: 'accepted', decline: 'declined', cancel: 'cancelled' } as const

/** Asks the host of a conversation what servers want to know, and takes its answers. */
export class OpenQuestions {
  readonly #open = new Map<string, OpenQuestion>()

  constructor(private readonly take: (callId: string, questionId: string, answer: QuestionAnswer) => void) {}

  add(facts: Facts, question: AskedQuestion, onQuestion: CallOptions['onQuestion']): void {
    const open = { facts, question, onQuestion, hoped: undefined, controller: new AbortController() }
    this.#open.set(facts.questionId, open)
  }

  /** Once more where the last answer has a `problem`. */
  ask(questionId: string, problem?: string): void {
    const open = this.#open.get(questionId)
    if (!open) return
    const { facts, question, onQuestion, controller } = open
    if (!onQuestion) {
      this.answer(facts.callId, questionId, { action: 'cancel' })
      return
    }
    const asked: Question = {
      ...{ id: questionId, server: facts.server, function: facts.function, signal: controller.signal },
      ...question,
      ...(problem === undefined ? {} : { problem }),
    }
    answerOf(onQuestion, asked).then(
      (answer) => this.answer(facts.callId, questionId, answer),
      (error) => {
        // Who stops asking because of `signal` may well reject.
        if (!this.#open.has(questionId)) return
        const words = `onQuestion failed, so the question is cancelled: ${messageOf(error)}`
        process.emitWarning(words, 'SwitchboardWarning')
        this.answer(facts.callId, questionId, { action: 'cancel' })
      },
    )
  }

  /** Nothing where it is not open any more. */
  answer(callId: string, questionId: string, answer: QuestionAnswer): void {
    const open = this.#open.get(questionId)
    if (!open) return
    open.hoped = endOf[answer.action]
    this.take(callId, questionId, answer)
  }

  /** What is to be told of it; nothing where it is not open. */
  end(questionId: string, how: QuestionEnd): Facts | undefined {
    const open = this.#open.get(questionId)
    if (!open) return undefined
    this.#open.delete(questionId)
    if (open.hoped !== how) open.controller.abort(how)
    return open.facts
  }

  /** Their ids. */
  ofCall(callId: string): string[] {
    return [...this.#open.values()].flatMap(({ facts }) => (facts.callId === callId ? facts.questionId : []))
  }
}

async function answerOf(
  onQuestion: NonNullable<CallOptions['onQuestion']>,
  question: Question,
): Promise<QuestionAnswer> {
  const answer = answerSchema.safeParse(await onQuestion(question))
  if (!answer.success) throw new Error('it gave what is no answer')
  return answer.data
}
