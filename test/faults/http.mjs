import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { refusedByBody, refusedByHeaders, subscribed } from './modern.mjs'
import { endProcess, fill } from './orders.mjs'

const streamHeaders = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }
/** In MCP 2026-07-28 an error of the protocol has a status of its own. */
const refusals = new Map([
  [-32022, 400],
  [-32021, 400],
  [-32601, 404],
])
const frame = (message) => `event: message\ndata: ${JSON.stringify(message)}\n\n`

export function serveHttp({ notes, orders, createMcp }, options) {
  /** Session id → its server and its streams of events. */
  const sessions = new Map()
  const { isFirst, isModern } = createMcp()
  const single = options['no-session'] || isModern ? { mcp: createMcp(), events: new Set() } : undefined
  let posts = 0

  const http = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    if (options['no-keep-alive']) response.setHeader('connection', 'close')
    if (request.url.startsWith('/control/')) return control(request.url.slice('/control/'.length), response)
    if (request.method === 'POST') return post(request, response, JSON.parse(body))
    const order = orders.for(request.method, isFirst)
    notes.journal({ event: request.method })
    if (order) return obey(order, response)
    if (isModern) return response.writeHead(405).end()
    if (request.method === 'GET') return get(request, response)
    const id = request.headers['mcp-session-id']
    if (sessions.delete(id)) notes.journal({ event: 'session.closed', session: id })
    response.writeHead(200).end()
  })
  http.listen(Number(options.http), options.host, () =>
    notes.journal({ event: 'listening', port: http.address().port }),
  )

  /** What a test tells it to do at once. */
  function control(what, response) {
    if (what === 'forget-sessions') sessions.clear()
    const streams = [single, ...sessions.values()].flatMap((session) => [...(session?.events ?? [])])
    if (what === 'drop-events') for (const stream of streams) stream.drop()
    if (what === 'end-events') for (const stream of streams) stream.end()
    response.end()
  }

  function sessionOf(request) {
    return single ?? sessions.get(request.headers['mcp-session-id'])
  }

  function refuseSession(response) {
    const status = Number(options['lost-session'])
    const error =
      status === 400
        ? { code: -32000, message: 'Bad Request: No valid session ID provided' }
        : { code: -32001, message: 'Session not found' }
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ jsonrpc: '2.0', error, id: null }))
  }

  function get(request, response) {
    const session = sessionOf(request)
    if (!session) return refuseSession(response)
    if (options['no-events']) return response.writeHead(405).end()
    openEvents(response, session, (send) => ({ tell: send, end: () => {} }))
  }

  /** `subscribe` is what tells an event over `send`. */
  function openEvents(response, { events }, subscribe) {
    response.writeHead(200, streamHeaders).flushHeaders()
    const { tell, end } = subscribe((message) => response.write(frame(message)))
    const stream = {
      tell,
      drop: () => response.destroy(),
      end: () => {
        end()
        response.end()
      },
    }
    events.add(stream)
    response.on('close', () => events.delete(stream))
  }

  function listen(message, response) {
    const { id, params } = message
    openEvents(response, single, (send) => subscribed(id, params.notifications, send))
    notes.journal({ event: 'listen' })
  }

  async function post(request, response, message) {
    const { id, method, params } = message
    let session = sessionOf(request)
    if (!session && method === 'initialize') session = { mcp: createMcp(), events: new Set() }
    if (!session) return refuseSession(response)
    const { mcp, events } = session
    if (method === 'notifications/cancelled') mcp.cancel(params)
    if (id !== undefined && method === undefined) mcp.hear(message)
    if (id === undefined || method === undefined) return response.writeHead(202).end()

    const order = orders.for(method, isFirst)
    if (isModern) {
      const error = refusedByBody(message) ?? refusedByHeaders(message, request.headers)
      if (error && !order) return refuse(400, { jsonrpc: '2.0', id, error }, response)
      if (method === 'subscriptions/listen' && !order && !options['no-events'])
        return listen(message, response)
    }
    // Without sessions, clients may use the same ids.
    const key = isModern ? `${++posts}` : id
    response.on('close', () => {
      if (isModern && !response.writableFinished) mcp.cancel({ requestId: key })
    })
    const stream = () => {
      if (!response.headersSent) response.writeHead(200, streamHeaders)
    }
    const link = {
      answer: (notification) => {
        stream()
        response.write(frame(notification))
      },
      events: (notification) => {
        for (const { tell } of events) tell(notification)
      },
      garble: () => {},
    }
    const isStream = method === 'tools/call' && !options.json
    const answerWith = (answer) => {
      if (isStream) stream()
      if (response.headersSent) return response.end(frame(answer))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    }
    if (method === 'initialize' && !single) {
      const name = randomUUID()
      notes.journal({ event: 'session', session: name })
      sessions.set(name, session)
      response.setHeader('mcp-session-id', name)
    }
    const answer = { ...(await mcp.answer({ ...message, id: key }, link, order)), id }
    if (order) await obey(order, response, { id, key, answer, answerWith, mcp, isStream })
    else if (!mcp.finish(key)) response.end()
    else if (isModern && refusals.has(answer.error?.code) && !response.headersSent) {
      refuse(refusals.get(answer.error.code), answer, response)
    } else answerWith(answer)
  }

  function refuse(status, answer, response) {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  async function obey({ status, headers, body, write, ending = 'answer' }, response, request = {}) {
    const { id, key, answer, answerWith, mcp, isStream } = request
    if (status !== undefined) {
      const text = body === undefined ? undefined : fill(body, id, answer)
      return response.writeHead(status, headers).end(text)
    }
    if (write !== undefined || ending === 'close') {
      const type = isStream ? streamHeaders : { 'content-type': 'application/json' }
      response.writeHead(200, headers ?? type).flushHeaders()
      if (write !== undefined)
        await new Promise((resolve) => response.write(fill(write, id, answer), resolve))
    }
    if (ending === 'close') response.end()
    if (ending === 'cut') response.destroy()
    if (ending === 'reset') response.socket.resetAndDestroy()
    if (ending === 'late') mcp.onCancelled(key, () => answerWith(answer))
    if (ending.startsWith('answer') && mcp.finish(key)) {
      answerWith(answer)
      await new Promise((resolve) => response.on('close', resolve))
    }
    endProcess(ending)
  }
}
