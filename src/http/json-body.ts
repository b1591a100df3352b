import type { IncomingMessage } from 'node:http'
import { isJson, readBytes } from './body.ts'

const defaultMaxBytes = 1_000_000

export type Body = { value: unknown } | { status: 400 | 413 | 415; message: string }

/** A request's JSON, or why there is none. `maxBytes`: by default 1 MB. */
export async function readBody(request: IncomingMessage, maxBytes = defaultMaxBytes): Promise<Body> {
  if (!isJson(request)) return { status: 415, message: 'Send application/json.' }
  const bytes = await readBytes(request, maxBytes)
  if (bytes === undefined) return { status: 413, message: `Send at most ${maxBytes} bytes.` }
  try {
    return { value: JSON.parse(bytes.toString('utf8')) }
  } catch {
    return { status: 400, message: 'The body is not JSON.' }
  }
}
