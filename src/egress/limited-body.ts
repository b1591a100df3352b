import type { ReadableStream } from 'node:stream/web'
import { TransformStream } from 'node:stream/web'

/** Fails where a body is longer than that. */
export function limitedBody(body: ReadableStream | null, maxBytes: number): ReadableStream | null {
  let bytes = 0
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) controller.error(new Error(`the response is longer than ${maxBytes} bytes`))
      else controller.enqueue(chunk)
    },
  })
  return body?.pipeThrough(limit) ?? null
}
