import { z } from 'zod'
import type { Phrases, ToolLike } from '../grammar/commands.ts'
import { readProperties } from '../grammar/slots.ts'
import { isError } from './telling.ts'

/** What callers say for the functions that every conversation has. */
export const fixedPhrases: Phrases = {
  confirm_call: ['{approved}', '{approved} thank you', '{approved} do it', '{approved} do not'],
  cancel_calls: ['stop', 'stop that', 'never mind', 'cancel that'],
  decline_question: ['I would rather not say', 'I do not want to say'],
}

/** Who is asked for a seat says which one, and nothing around it. */
export function phrasesFor(tools: readonly ToolLike[]): Phrases {
  const asked = tools.find(({ name }) => name === 'answer_question')
  const values = readProperties(asked?.parameters).filter(({ required }) => required)
  if (values.length === 0) return fixedPhrases
  const phrase = values.map(({ name }) => `{${name}}`).join(' [and] ')
  return { ...fixedPhrases, answer_question: [phrase, `${phrase} please`] }
}

const requiredSchema = z.object({ error: z.object({ code: z.literal('confirmation_required') }) })

/**
 * Outputs that need no words: the application puts the question to the caller; or the caller has just answered one, and waits
 * for what comes of it.
 */
export function needsNoWords(functionName: string | undefined, output: string): boolean {
  if (confirmationCode(output) !== undefined) return true
  if (functionName !== 'answer_question' && functionName !== 'decline_question') return false
  return !isError(output) || requiredSchema.safeParse(JSON.parse(output)).success
}

const outputSchema = z.object({
  error: z.object({ code: z.literal('confirmation_required'), confirmation: z.object({ code: z.string() }) }),
})

/** The code of a call that needs a yes, if that is what a function's output says. */
export function confirmationCode(output: string): string | undefined {
  try {
    return outputSchema.parse(JSON.parse(output)).error.confirmation.code
  } catch {
    return undefined
  }
}

/** The tools that can be asked for now. The code of a confirmation need not be said: there is one, or there is none. */
export function askable(tools: readonly ToolLike[], code: string | undefined): ToolLike[] {
  return tools.flatMap((tool) => {
    if (tool.name !== 'confirm_call') return [tool]
    if (code === undefined) return []
    const properties = { code: { const: code }, approved: { type: 'boolean' } }
    return [{ name: tool.name, parameters: { properties, required: ['code', 'approved'] } }]
  })
}
