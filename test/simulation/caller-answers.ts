import type { QuestionReply } from '../../src/contract/connection.ts'
import type { Question, QuestionAnswer } from '../../src/index.ts'
import type { Random } from '../support/random.ts'

/** What a caller says, and what its server has to hear of that: nothing where it does not fit. */
export interface CallerAnswer {
  answer: QuestionAnswer
  fitting: QuestionReply | undefined
}

const refusals: readonly CallerAnswer[] = [
  { answer: { action: 'decline' }, fitting: { action: 'decline' } },
  { answer: { action: 'cancel' }, fitting: { action: 'cancel' } },
]

export function answerTo(mode: Question['mode'], random: Random): CallerAnswer {
  const content = { seat: `${random.between(1, 99)}A` }
  const answer: QuestionAnswer = { action: 'accept', content }
  if (mode === 'url') {
    // To a page one only agrees.
    return random.pick<CallerAnswer>([{ answer, fitting: { action: 'accept' } }, ...refusals])
  }
  return random.pick<CallerAnswer>([
    { answer, fitting: { action: 'accept', content } },
    { answer: { action: 'accept', content: { seat: 12 } }, fitting: undefined },
    // What nobody asked for does not leave.
    { answer: { action: 'accept', content: { ...content, secret: '1234' } }, fitting: undefined },
    ...refusals,
  ])
}
