import type { JsonObject } from '../contract/protocol.ts'

/** A call that is made once the caller has said yes to it: to this function with these arguments, and once. */
export interface UnconfirmedCall {
  /** Of the function and its arguments. */
  key: string
  functionName: string
  arguments: JsonObject
  timeoutMs: number | undefined
}

/** What the caller has to answer, and nobody for them. */
export type CallerQuestion = {
  /** Of a confirmation, its code. */
  id: string
  /** Only what the caller says after the whole question was heard answers it. */
  stage: 'asked' | 'heard' | 'answered'
} & (
  | { about: 'confirmation'; call: UnconfirmedCall }
  | { about: 'server'; callId: string; server: string; message: string }
)

/** In the order in which they came up. The first one is put to the caller: a yes is for one question. */
export type CallerQuestions = readonly CallerQuestion[]

const codeDigits = 6

/** Of no open question. `random` in [0, 1). */
export function newCode(questions: CallerQuestions, random: () => number): string {
  for (;;) {
    const code = String(Math.floor(random() * 10 ** codeDigits)).padStart(codeDigits, '0')
    if (!questions.some(({ id }) => id === code)) return code
  }
}

/** The open confirmation of the same call. */
export function confirmationOf(questions: CallerQuestions, key: string): CallerQuestion | undefined {
  return questions.find((one) => one.about === 'confirmation' && one.call.key === key)
}

export function withoutQuestion(questions: CallerQuestions, questionId: string): CallerQuestions {
  return questions.filter(({ id }) => id !== questionId)
}

/** The whole of it was played; nothing where it is not the one that is put to the caller. */
export function afterHeard(questions: CallerQuestions, questionId: string): CallerQuestions {
  return moved(questions, 'asked', 'heard', questionId)
}

export function afterCallerBegan(questions: CallerQuestions): CallerQuestions {
  return moved(questions, 'heard', 'answered')
}

function moved(
  questions: CallerQuestions,
  from: CallerQuestion['stage'],
  to: CallerQuestion['stage'],
  questionId = questions[0]?.id,
): CallerQuestions {
  const [first, ...others] = questions
  if (first?.stage !== from || first.id !== questionId) return questions
  return [{ ...first, stage: to }, ...others]
}
