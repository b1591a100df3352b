import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createReceived } from './received.mjs'

const json = { 'content-type': 'application/json' }
const stream = { 'content-type': 'text/event-stream' }
const frame = (text) => `event: message\ndata: ${text}\n\n`

// biome-ignore format: one list
const statuses = [200, 201, 202, 204, 206, 301, 302, 307, 308, 304, 400, 401, 403, 404, 405, 406, 409, 413, 415, 418, 429, 500, 502, 503, 504, 599]
/** Of a server that did not look at what it was asked; 404 is that of a session. */
const refusals = new Set([301, 302, 304, 307, 308, 401, 403, 404, 405, 406, 413, 415, 429])

export function serveHttp({ random, mutator, notes, isLifted, whenLifted, createMcp, strikes }, port) {
  const { chance, pick, below } = random
  const sessions = new Map()
  const link = { answer: () => {}, events: () => {}, garble: () => {} }

  const http = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    // A socket that the client or this server cut.
    response.on('error', () => {})
    if (request.method === 'POST')
      return post(request, response, JSON.parse(Buffer.concat(chunks).toString()))
    if (request.method === 'GET') return get(request, response)
    if (!isLifted() && chance(0.3)) return oddStatus(response, '')
    sessions.delete(request.headers['mcp-session-id'])
    response.writeHead(200).end()
  })
  http.listen(port, '127.0.0.1', () => notes.journal({ event: 'listening', port: http.address().port }))

  // As a server that was started anew: its sessions and streams are gone.
  whenLifted(() => {
    sessions.clear()
    http.closeAllConnections()
  })

  function refuseSession(response) {
    const error = { code: -32001, message: 'Session not found' }
    response.writeHead(404, json).end(JSON.stringify({ jsonrpc: '2.0', error, id: null }))
  }

  async function post(request, response, message) {
    const { id, method } = message
    let session = sessions.get(request.headers['mcp-session-id'])
    if (!session && method === 'initialize') session = open(response)
    if (!session) return refuseSession(response)
    if (id === undefined || method === undefined) {
      if (!isLifted() && chance(0.1)) return oddStatus(response, '')
      return response.writeHead(202).end()
    }
    const { mcp, received } = session
    received.note(message)
    const answer = await mcp.answer(message, link)
    if (!strikes(method)) return response.writeHead(200, json).end(JSON.stringify(answer))
    const texts = mutator.instead(answer, received.ids)
    for (const text of texts) received.look(text)
    const refuse = () => received.refuse(id)
    pick([framed, framed, framed, unfinished, mistyped, wrongLength, oddStatus, cut])(response, texts, refuse)
  }

  function open(response) {
    const name = randomUUID()
    const session = { mcp: createMcp(), received: createReceived(notes, name) }
    sessions.set(name, session)
    response.setHeader('mcp-session-id', name)
    return session
  }

  function get(request, response) {
    if (!sessions.has(request.headers['mcp-session-id'])) return refuseSession(response)
    if (isLifted() || !chance(0.6)) {
      response.writeHead(200, stream).flushHeaders()
      return
    }
    const { received } = sessions.get(request.headers['mcp-session-id'])
    const texts = mutator.instead(JSON.parse('{"jsonrpc":"2.0","id":0,"result":{}}'), received.ids)
    for (const text of texts) received.look(text)
    pick([framed, unfinished, mistyped, oddStatus, cut])(response, texts, () => {})
  }

  /** As it should be but for the messages, or frames that say little. */
  function framed(response, texts) {
    if (chance(0.3)) return response.writeHead(200, json).end(mutator.bytes(texts.join('')))
    response.writeHead(200, stream)
    for (const text of texts) response.write(chance(0.5) ? mutator.bytes(frame(text)) : oddFrame(text))
    response.end()
  }

  function oddFrame(text) {
    return pick([
      () => `data:${text}\n\n`,
      () => `data: ${text}\r\n\r\n`,
      () => `data: ${text}\r\r`,
      () => `\ufeffid: ${pick(['', '\u0000', '1', 'x'.repeat(5_000)])}\n${frame(text)}`,
      () => `retry: ${pick(['0', '-1', '1e9', '99999999999999', 'soon'])}\nid: 7\n${frame(text)}`,
      () => `event: ${pick(['', 'other', 'error', 'endpoint'])}\ndata: ${text}\n\n`,
      () => `data: ${text.slice(0, 9)}\ndata: ${text.slice(9)}\n\n`,
      () => `${':\n'.repeat(5_000)}${frame(text)}`,
      () => `data\n\ndata:\n\n\n\n:\n${frame(text)}`,
      () => `data: ${text}`,
      () => mutator.corrupt(frame(text)),
    ])()
  }

  /** Never ended, or ended by the client. */
  function unfinished(response, texts) {
    response.writeHead(200, pick([json, stream])).flushHeaders()
    const whole = texts.map(frame).join('')
    if (chance(0.8)) response.write(whole.slice(0, below(whole.length + 1)))
  }

  function mistyped(response, texts) {
    const types = [
      '',
      'text/html',
      'application/json; charset=utf-7',
      'text/event-stream, application/json',
      'x',
    ]
    const headers = { 'content-type': pick(types) }
    if (chance(0.3)) headers['content-encoding'] = pick(['gzip', 'br', 'deflate', 'none'])
    response.writeHead(200, headers).end(pick([texts.join(''), texts.map(frame).join('')]))
  }

  function oddStatus(response, texts, refuse = () => {}) {
    const status = pick(statuses)
    if (refusals.has(status)) refuse()
    const headers = {
      ...pick([json, stream, { 'content-type': 'text/html' }, {}]),
      ...pick([{}, { 'retry-after': pick(['0', '-1', '1', 'soon', '9'.repeat(30)]) }]),
      ...pick([{}, { 'www-authenticate': pick(['Bearer', 'Bearer resource_metadata="x"', ',,,']) }]),
      ...(status < 400 ? { location: pick(['/mcp', '/', 'http://', '']) } : {}),
    }
    const isEmpty = status === 204 || status === 304
    response.writeHead(status, headers).end(isEmpty ? undefined : [texts].flat().join(''))
  }

  /** What no HTTP library writes. */
  function wrongLength(response, texts) {
    const body = texts.join('')
    const length = Math.max(0, Buffer.byteLength(body) + pick([-5, -1, 1, 1_000]))
    const start = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
    const raw = pick([
      `${start}content-length: ${length}\r\n\r\n${body}`,
      `${start}content-length: nine\r\n\r\n${body}`,
      `${start}content-length: 2\r\ncontent-length: 3\r\n\r\n${body}`,
      `${start}transfer-encoding: chunked\r\n\r\nzz\r\n${body}`,
      `${start}transfer-encoding: chunked\r\n\r\n5\r\n${body}`,
      `${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(20)}${start}content-length: ${length}\r\n\r\n${body}`,
      `HTTP/9.9 banana\r\n\r\n${body}`,
      body,
      `${start}x: ${'y'.repeat(100_000)}\r\n\r\n`,
    ])
    response.socket?.end(raw)
  }

  function cut(response, texts) {
    if (chance(0.5))
      response.writeHead(200, pick([json, stream])).write(mutator.corrupt(frame(texts.join(''))))
    const { socket } = response
    // After what was written has left.
    setImmediate(() => (chance(0.5) ? socket?.destroy() : socket?.resetAndDestroy()))
  }
}
