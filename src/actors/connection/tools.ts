import { z } from 'zod'
import { messageOf } from '../../contract/errors.ts'
import type { JsonObject, RejectedTool, Tool } from '../../contract/protocol.ts'
import { schemaProblem } from '../../machines/validation.ts'
import { cap, clean, oneLine } from '../../text/text.ts'
import { definitionHash } from './definition-hash.ts'
import type { Tell } from './tell.ts'
import { hidesSomething, tidy, Untidy } from './tidy.ts'
import { unhurried } from './unhurried.ts'

const maxTools = 1_000
const maxTitleCharacters = 100
const maxDescriptionCharacters = 4_000
const maxReasonCharacters = 300
/** What is read at all. */
const maxRawCharacters = 100_000

const objectSchema = z.looseObject({ type: z.literal('object') })
/** Up to MCP 2025-11-25 of an object alone, from 2026-07-28 on of any value. */
const anySchema = z.looseObject({})

const hints = {
  readOnlyHint: z.boolean().optional(),
  idempotentHint: z.boolean().optional(),
  destructiveHint: z.boolean().optional(),
}

/** No tool is lost for it. */
const titleSchema = z.string().max(maxRawCharacters).optional().catch(undefined)

const annotationsSchema = z.object(hints)

const toolSchema = z.object({
  name: z.string().min(1).max(512),
  title: titleSchema,
  description: z.string().max(maxRawCharacters).default(''),
  inputSchema: objectSchema,
  outputSchema: anySchema.optional(),
  annotations: z.looseObject({ ...hints, title: titleSchema }).default({}),
})

/**
 * Each tool by itself: one that is malformed, or a trap, is left out and reported; the others stay usable. Lets others run
 * in between.
 */
export async function parseTools(
  raw: readonly unknown[],
  tell: Tell = (text, maxCharacters) => cap(clean(text), maxCharacters),
): Promise<{ tools: Tool[]; rejected: RejectedTool[] }> {
  const tools: Tool[] = []
  const rejected: RejectedTool[] = []
  for await (const candidate of unhurried(raw.slice(0, maxTools))) {
    const read = readTool(candidate, tell)
    if (typeof read === 'string') rejected.push({ name: nameOf(candidate, tell), reason: read })
    else tools.push(read)
  }
  if (raw.length > maxTools) {
    const reason = `the server lists ${raw.length}; the first ${maxTools} are used`
    rejected.push({ name: `(${raw.length - maxTools} more tools)`, reason })
  }
  return { tools, rejected }
}

/** The tool, or why it cannot be used. */
function readTool(candidate: unknown, tell: Tell): Tool | string {
  const result = toolSchema.safeParse(candidate)
  if (!result.success) {
    const [issue] = result.error.issues
    return tell(`${issue?.path.join('.')}: ${issue?.message}`, maxReasonCharacters)
  }
  const { name, description, annotations } = result.data
  if (hidesSomething(name)) return 'name: it holds hidden characters'
  let place = 'inputSchema'
  try {
    const inputSchema = readSchema(result.data.inputSchema, tell)
    place = 'outputSchema'
    const outputSchema = result.data.outputSchema && readSchema(result.data.outputSchema, tell)
    place = 'annotations'
    tidy(result.data.annotations, tell)
    const title = tell(oneLine(result.data.title || annotations.title || ''), maxTitleCharacters)
    return {
      name,
      ...(title === '' ? {} : { title }),
      ...{ description: tell(description, maxDescriptionCharacters), inputSchema },
      ...(outputSchema === undefined ? {} : { outputSchema }),
      annotations: annotationsSchema.parse(annotations),
      hash: definitionHash(candidate),
    }
  } catch (error) {
    return `${place}: ${tell(messageOf(error), maxReasonCharacters)}`
  }
}

/** @throws Untidy */
function readSchema(raw: unknown, tell: Tell): JsonObject {
  const schema = anySchema.parse(tidy(raw, tell))
  const problem = schemaProblem(schema)
  if (problem !== undefined) throw new Untidy(problem)
  return schema
}

function nameOf(candidate: unknown, tell: Tell): string {
  const named = z.object({ name: z.string() }).safeParse(candidate)
  return named.success ? tell(named.data.name.slice(0, maxRawCharacters), 100) : '(without a name)'
}
