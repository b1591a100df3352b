import { isObject } from '../contract/json.ts'
import { outcomeKey, outcomeMetaOf } from '../contract/outcome-meta.ts'
import type { JsonObject, Outcome } from '../contract/protocol.ts'

/**
 * An outcome as a tool's result (MCP 2025-11-25, "Tool Result"). The server's own answer is untouched, unless
 * `objectsOnly`: clients older than MCP 2026-07-28 refuse a whole answer whose structured content is no object. An error says its code,
 * its effect and what happened also in words, for who reads no `_meta`.
 */
export function resultOf(outcome: Outcome, objectsOnly: boolean): JsonObject {
  const _meta = { [outcomeKey]: outcomeMetaOf(outcome) }
  if (outcome.ok) {
    const { content, structured, text } = outcome
    if (structured !== undefined && objectsOnly && !isObject(structured)) {
      return { content: content.length > 0 ? content : [{ type: 'text', text }], _meta }
    }
    return { content, ...(structured === undefined ? {} : { structuredContent: structured }), _meta }
  }
  const { code, effect, message } = outcome.error
  const text = `${code} (effect: ${effect}): ${message}`
  return { content: [{ type: 'text', text }], isError: true, _meta }
}
