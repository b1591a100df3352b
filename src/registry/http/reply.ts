import type { Request, Response } from 'express'
import type { HttpProblem } from './problem.ts'
import { hasBody } from './read-body.ts'

export interface Reply {
  status: number
  headers?: Readonly<Record<string, string>>
  /** Becomes JSON. */
  body?: unknown
  html?: string
  /** Answers itself, and for longer. */
  stream?: (response: Response) => void
}

/** For what a client is still writing when its answer is there already. */
const lingerMs = 1_000
const maxLingerBytes = 1_000_000

export function send(request: Request, response: Response, reply: Reply): void {
  if (response.destroyed) return
  begin(response, reply.status, reply.headers)
  if (reply.stream) {
    reply.stream(response)
    return
  }
  closeIfUnread(request, response)
  if (reply.html !== undefined) end(response, 'text/html; charset=utf-8', reply.html)
  else if (reply.body !== undefined) end(response, 'application/json', JSON.stringify(reply.body))
  else response.end()
}

export function sendProblem(request: Request, response: Response, problem: HttpProblem): void {
  if (response.headersSent) return void response.destroy()
  begin(response, problem.status, problem.extras.headers)
  closeIfUnread(request, response)
  end(response, 'application/problem+json', JSON.stringify(problem.body))
}

function begin(response: Response, status: number, headers: Reply['headers'] = {}): void {
  response.statusCode = status
  response.setHeader('Cache-Control', 'no-store')
  // As they are: Express would add to some.
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}

function end(response: Response, type: string, text: string): void {
  response.setHeader('Content-Type', type)
  response.setHeader('Content-Length', Buffer.byteLength(text))
  response.end(text)
}

/**
 * A body that was not read is not read to its end either. Closing at once would reset the connection, and the client might never
 * see its answer: a little is read and thrown away (as RFC 9112, 9.6 advises).
 */
function closeIfUnread(request: Request, response: Response): void {
  if (request.complete || !hasBody(request)) return
  response.setHeader('Connection', 'close')
  const { socket } = request
  const destroy = () => socket.destroy()
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxLingerBytes) destroy()
  })
  const timer = setTimeout(destroy, lingerMs).unref()
  socket.once('close', () => clearTimeout(timer))
}
