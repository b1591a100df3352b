import { z } from 'zod'
import { SwitchboardError } from '../contract/errors.ts'
import { nearest } from '../text/nearest.ts'
import { oneLine } from '../text/text.ts'

/** One of VS Code's `inputs`: what it asks its user for, and an environment variable has to give here. */
export interface Input {
  id: string
  description?: string
  /** It is a secret. */
  password: boolean
  default?: string
  /** Of `pickString`: there is no other value. */
  options?: readonly string[]
}

const optionSchema = z.union([
  z.string(),
  z.looseObject({ value: z.string() }).transform(({ value }) => value),
])

const inputSchema = z.looseObject({
  id: z.string().min(1),
  description: z.string().optional(),
  password: z.boolean().default(false),
  default: z.string().optional(),
  options: z.array(optionSchema).optional(),
})

/** `perplexity-key` is given by `INPUT_PERPLEXITY_KEY`: with a prefix, so that an input `path` is not the variable PATH. */
export function inputVariable(id: string): string {
  return `INPUT_${id.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`
}

export function nearestInput(id: string, inputs: readonly Input[]): string {
  return nearest(
    id,
    inputs.map((input) => input.id),
  )
}

/** Reads what stands under `inputs`. @throws SwitchboardError `wrong_form` */
export function parseInputs(raw: unknown, file: string): Input[] {
  const result = z.array(inputSchema).safeParse(raw ?? [])
  if (!result.success) {
    const [issue] = result.error.issues
    const place = ['inputs', ...(issue?.path ?? [])].join('.')
    throw new SwitchboardError('wrong_form', `${file}: ${place}: ${issue?.message}`)
  }
  const idOf = new Map<string, string>()
  for (const { id } of result.data) {
    const variable = inputVariable(id)
    const other = idOf.get(variable)
    if (other !== undefined) {
      throw new SwitchboardError(
        'wrong_form',
        oneLine(
          `${file}: the inputs "${other}" and "${id}" would both be the variable ${variable}; give one of them another id`,
        ),
      )
    }
    idOf.set(variable, id)
  }
  return result.data.map(({ id, description, password, default: value, options }) => ({
    id,
    password,
    ...(description === undefined ? {} : { description }),
    ...(value === undefined ? {} : { default: value }),
    ...(options === undefined ? {} : { options }),
  }))
}
