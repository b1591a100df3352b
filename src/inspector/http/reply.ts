import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'

export interface Reply {
  status: number
  headers?: Record<string, string>
  body?: string | Uint8Array | StreamedBody
}

/** Sent as fast as it is read. Where it breaks off, so does the answer. */
export interface StreamedBody {
  /** In bytes. */
  size: number
  chunks: AsyncIterable<Uint8Array>
}

/** No code but the page's own files, nothing from elsewhere, in nobody's frame; and the token goes nowhere. */
const securityHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Permissions-Policy': 'microphone=(self)',
  'Cache-Control': 'no-store',
}

export function send(response: ServerResponse, { status, headers = {}, body = '' }: Reply): void {
  const isStreamed = typeof body === 'object' && 'chunks' in body
  response.writeHead(status, {
    ...securityHeaders,
    ...headers,
    // What is still on its way is not waited for.
    ...(response.req.complete ? {} : { Connection: 'close' }),
    'Content-Length': isStreamed ? body.size : Buffer.byteLength(body),
  })
  if (!isStreamed) response.end(body)
  else pipeline(body.chunks, response).catch(() => response.destroy())
}

export function json(value: unknown, status = 200): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value),
  }
}

export function problem(status: number, message: string): Reply {
  return json({ error: { message } }, status)
}
