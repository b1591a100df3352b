import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { expect } from 'vitest'
import { outcomeKey } from '../../src/contract/outcome-meta.ts'
import type { JsonObject } from '../../src/index.ts'

export async function call(client: Client, name: string, args: JsonObject = {}) {
  return client.callTool({ name, arguments: args })
}

/** What a client sees of a call that failed. */
export function failed(told: { code: string; effect: string; message: string }, more: object = {}) {
  const { code, effect, message } = told
  return {
    isError: true,
    content: [{ type: 'text', text: `${code} (effect: ${effect}): ${message}` }],
    _meta: {
      [outcomeKey]: {
        ...{ version: 1, ok: false, code, effect, message, attempts: [], durationMs: expect.any(Number) },
        ...more,
      },
    },
  }
}
