import { z } from 'zod'
import type { Question, QuestionAnswer } from '../../contract/protocol.ts'
import { clean, oneLine } from '../../text/text.ts'
import { type Field, fieldsOf } from './fields.ts'

/** Whether somebody is there to be asked, and has not ended the input, as after the arguments of `call FUNCTION -`. */
export function isTerminal(): boolean {
  return Boolean(process.stdin.isTTY && !process.stdin.readableEnded && process.stderr.isTTY)
}

/** Whether a function may be called that asks for a yes first; undefined where the question was left (Ctrl+C, Esc). */
export async function confirmInTerminal(message: string, signal: AbortSignal): Promise<boolean | undefined> {
  const { confirm, isCancel } = await import('@clack/prompts')
  const answer = await confirm({
    message: clean(message),
    initialValue: false,
    output: process.stderr,
    signal,
  })
  return isCancel(answer) ? undefined : answer
}

/**
 * Asks what a server wants to know. Where nobody is there, it is declined, and that is said. Ctrl+C or Esc in a question cancels
 * the call.
 */
export async function answerInTerminal(question: Question, cancelCall: () => void): Promise<QuestionAnswer> {
  const { server, message, mode, problem, signal } = question
  const says = `${oneLine(server)} asks: “${oneLine(message)}”`
  if (!isTerminal()) {
    process.stderr.write(`switchboard: ${says}; there is no terminal to ask you in, so it is declined\n`)
    return { action: 'decline' }
  }
  const { isCancel, log, select } = await import('@clack/prompts')
  const common = { output: process.stderr, signal }
  const cancelled = (): QuestionAnswer => {
    if (!signal.aborted) cancelCall()
    return { action: 'cancel' }
  }
  log.message(mode === 'url' ? `${says}\nVisit ${question.url}` : says, { output: process.stderr })
  if (problem !== undefined) log.warn(oneLine(problem), { output: process.stderr })
  const choice = await select({
    ...common,
    message: mode === 'url' ? 'Its page is for you to visit' : 'Your answer goes to this server only',
    options: [
      { value: 'accept', label: mode === 'url' ? 'I visit it' : 'Answer' },
      { value: 'decline', label: 'Decline' },
    ],
  })
  if (isCancel(choice)) return cancelled()
  if (choice === 'decline') return { action: 'decline' }
  if (mode === 'url') return { action: 'accept', content: {} }
  const content: Record<string, unknown> = {}
  for (const field of fieldsOf(question.schema)) {
    const value = await ask(field, common)
    if (isCancel(value)) return cancelled()
    if (value !== undefined) content[field.name] = value
  }
  return { action: 'accept', content }
}

interface Common {
  output: NodeJS.WriteStream
  signal: AbortSignal
}

/** What was given; undefined where it may be left out and was. A symbol where the question was left. */
async function ask(field: Field, common: Common): Promise<unknown> {
  const { multiselect, select, text, confirm } = await import('@clack/prompts')
  const { label: message, isRequired } = field
  switch (field.kind) {
    case 'yes or no':
      return confirm({ ...common, message, initialValue: field.initial ?? false })
    case 'one of': {
      const initial = field.initial === undefined ? {} : { initialValue: field.initial }
      return select({ ...common, message, options: field.options, ...initial })
    }
    case 'some of':
      return multiselect({ ...common, message, options: field.options, required: isRequired })
    case 'number':
    case 'text': {
      const answer = await text({
        ...common,
        message,
        ...(field.initial === undefined ? {} : { initialValue: field.initial }),
        validate: (value) => refusal(field, value ?? ''),
      })
      if (typeof answer !== 'string') return answer
      if (answer === '' && !isRequired) return undefined
      return field.kind === 'number' ? Number(answer) : answer
    }
  }
}

/** The rest of its schema is checked where the answer is taken. */
function refusal(field: Field, value: string): string | undefined {
  if (value === '') return field.isRequired ? 'It is needed.' : undefined
  const isNumber = z.coerce.number().safeParse(value).success
  return field.kind === 'number' && !isNumber ? 'Give a number.' : undefined
}
