import type { CallOptions, JsonObject, Outcome, Question, QuestionAnswer } from '../../src/index.ts'
import { until } from './until.ts'

/** A caller who is asked, and answers when a test says so. */
export class Caller {
  readonly questions: Question[] = []
  #answer: ((answer: QuestionAnswer) => void) | undefined

  readonly onQuestion: NonNullable<CallOptions['onQuestion']> = (question) => {
    this.questions.push(question)
    return new Promise((resolve) => {
      this.#answer = resolve
    })
  }

  /** The last question that was asked, once there are so many. */
  async untilAsked(count = 1): Promise<Question> {
    await until(() => this.questions.length >= count, `the caller is asked ${count} times`)
    const question = this.questions.at(-1)
    if (!question) throw new Error('nothing was asked')
    return question
  }

  answer(answer: QuestionAnswer): void {
    this.#answer?.(answer)
  }

  get messages(): string[] {
    return this.questions.map(({ message }) => message)
  }
}

/** Whose only answer this is. */
export function answering(answer: QuestionAnswer): Pick<CallOptions, 'onQuestion'> {
  return { onQuestion: async () => answer }
}

export const seatSchema = {
  type: 'object',
  properties: { seat: { type: 'string', maxLength: 3 } },
  required: ['seat'],
}

/** A request of the tool `ask` of a test server. */
export function seatRequest(message = 'Which seat?', requestedSchema: unknown = seatSchema): JsonObject {
  return { params: { mode: 'form', message, requestedSchema } }
}

/** What the server got for its requests, as its tool tells it. */
export function heardBy(outcome: Outcome): unknown {
  return outcome.ok ? JSON.parse(outcome.text) : outcome.error
}
