import type { Request } from 'express'
import { isJson, readBytes } from '../../http/body.ts'
import { HttpProblem } from './problem.ts'

const invalidRequest = { code: 'invalid_request', nothingChanged: true } as const

/** A request's JSON; undefined where it has no body. What is too large is not read to its end. @throws HttpProblem 400, 413, 415 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  // A parser of the application that the router is mounted in has read it already.
  const parsed: unknown = request.body
  if (request.readableEnded && parsed !== undefined) return parsed
  if (!hasBody(request)) return undefined
  if (!isJson(request)) throw new HttpProblem(415, 'Send JSON, with Content-Type: application/json.')
  const { 'content-encoding': encoding = 'identity' } = request.headers
  if (encoding !== 'identity') throw new HttpProblem(415, 'Send the body as it is, without Content-Encoding.')
  const { 'content-length': announced = '0' } = request.headers
  const bytes = Number(announced) > maxBytes ? undefined : await readBytes(request, maxBytes)
  if (bytes === undefined) {
    throw new HttpProblem(413, `The body is too large; send at most ${maxBytes} bytes.`)
  }
  const text = decoded(bytes)
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpProblem(400, 'The body is not JSON.', invalidRequest)
  }
}

/** @throws HttpProblem 400, 413, 415 */
export async function readRequiredJson(request: Request, maxBytes: number): Promise<unknown> {
  const value = await readJson(request, maxBytes)
  if (value !== undefined) return value
  throw new HttpProblem(400, 'The request has no body; send it as JSON.', invalidRequest)
}

/** RFC 9112, 6.3. */
export function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new HttpProblem(400, 'The body is not UTF-8.', invalidRequest)
  }
}
