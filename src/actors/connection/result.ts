import { z } from 'zod'
import type { ServerDefinition } from '../../config/definition.ts'
import type { CallEnd } from '../../contract/connection.ts'
import { outcomeKey, outcomeMetaSchema } from '../../contract/outcome-meta.ts'
import { readable } from '../../text/readable.ts'
import { cap } from '../../text/text.ts'

const maxErrorTextCharacters = 1_000
/** Of a proxy: its own words besides those of a server behind it. */
const maxProxyTextCharacters = 2_000

export const resultSchema = z.looseObject({
  content: z.array(z.looseObject({ type: z.string() })).default([]),
  /** An object up to MCP 2025-11-25, any JSON value from 2026-07-28 on. */
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
  _meta: z.record(z.string(), z.unknown()).optional(),
})

type Result = z.infer<typeof resultSchema>

/** What a tool's answer means. */
export function endOfResult({ name, target, options }: ServerDefinition, result: Result): CallEnd {
  const { content, structuredContent } = result
  if (result.isError) {
    // From anybody but a proxy of ours it is a stranger's claim.
    const told = options.proxy ? endToldBy(result) : undefined
    if (told) return told
    // Hidden before it is cut: half a secret would not be recognised.
    const text = cap(target.mask(readable(content, structuredContent, Infinity)), maxErrorTextCharacters)
    // The server's own words stand alone: what it did is for it to say.
    const error = {
      code: 'tool_error',
      effect: 'unknown',
      message: `${name} reports an error: ${text}`,
    } as const
    return { ok: false, error, retryable: false }
  }
  return { ok: true, content, ...(structuredContent === undefined ? {} : { structured: structuredContent }) }
}

/** It has waited and tried again itself: not once more. */
function endToldBy({ _meta }: Result): CallEnd | undefined {
  const { data: told } = outcomeMetaSchema.safeParse(_meta?.[outcomeKey])
  if (told === undefined || told.ok) return undefined
  const { code, effect, retryAfterMs, cause } = told
  const error = {
    ...{ code, effect, message: cap(told.message, maxProxyTextCharacters) },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(cause === undefined ? {} : { cause: cap(cause, maxErrorTextCharacters) }),
  }
  return { ok: false, error, retryable: false }
}
