import { z } from 'zod'
import type { Phrases, ToolLike } from '../grammar/commands.ts'

/** What callers say for the functions that every conversation has. */
export const fixedPhrases: Phrases = {
  confirm_call: ['{approved}', '{approved} thank you', '{approved} do it', '{approved} do not'],
  cancel_calls: ['stop', 'stop that', 'never mind', 'cancel that'],
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
