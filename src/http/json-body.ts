import type { IncomingMessage } from 'node:http'

const defaultMaxBytes = 1_000_000

export type Body = { value: unknown } | { status: 400 | 413 | 415; message: string }

/** A request's JSON. What is too large is not read to its end. `maxBytes`: by default 1 MB. */
export async function readBody(request: IncomingMessage, maxBytes = defaultMaxBytes): Promise<Body> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return { status: 415, message: 'Send application/json.' }
  }
  const chunks: Buffer[] = []
  let bytes = 0
  // Whoever leaves an ordinary loop over it cuts the connection, before there was an answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const part = Buffer.from(chunk)
    bytes += part.length
    if (bytes > maxBytes) return { status: 413, message: `Send at most ${maxBytes} bytes.` }
    chunks.push(part)
  }
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  } catch {
    return { status: 400, message: 'The body is not JSON.' }
  }
}
