import { z } from 'zod'
import type { ServerDefinition } from '../../config/definition.ts'
import type { CallEnd } from '../../connection.ts'
import { cap, readable } from '../../text.ts'

const maxErrorTextCharacters = 1_000

export const resultSchema = z.looseObject({
  content: z.array(z.looseObject({ type: z.string() })).default([]),
  /** An object up to MCP 2025-11-25, any JSON value from 2026-07-28 on. */
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
})

/** What a tool's answer means. */
export function endOfResult(
  { name, target }: ServerDefinition,
  result: z.infer<typeof resultSchema>,
): CallEnd {
  const { content, structuredContent } = result
  if (result.isError) {
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
