import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { messageOf } from '../../contract/errors.ts'
import { listening } from '../../http/listening.ts'
import { isLoopback } from '../../http/loopback.ts'
import type { RehearsalEvent, RehearsalFact } from '../events.ts'
import type { Phrases } from '../grammar/commands.ts'
import { type Speech, startSpeech } from '../speech/speech.ts'
import type { Voice } from '../speech/voices.ts'
import { newId } from './items.ts'
import { modelName, Session } from './session.ts'
import { eventIdOf, RequestError, readClientEvent, type ServerEvent } from './wire.ts'

export interface RehearsalOptions {
  /** Default: 0, any free one. */
  port?: number
  /** Default: `slt`. A client may choose another of Flite's voices by name. */
  voice?: Voice
  /** More sentences for functions: `{ get_weather: ['what is the weather in {city}'] }`. */
  phrases?: Phrases
  /** Ears and a mouth that run already; they are not closed with the rehearsal. */
  speech?: Speech
  /** Events that get lost on their way to the client, for tests of what it does then. */
  loses?: (event: ServerEvent) => boolean
  /** What happens, for a page or a log. */
  onEvent?: (event: RehearsalEvent) => void
  /** What is wrong and harms no call. */
  onWarning?: (message: string) => void
}

export interface Rehearsal {
  /** The `baseURL` for `openai.realtime.RealtimeModel`. */
  url: string
  model: typeof modelName
  speech: Speech
  /** Ends every connection and, unless they were passed in, the speech threads. */
  close(): Promise<void>
}

const host = '127.0.0.1'
const path = '/v1/realtime'
const maximumMessageBytes = 4 * 1024 * 1024

/** Starts the offline stand-in for the OpenAI Realtime API on a loopback port. @throws SwitchboardError `port_in_use` */
export async function startRehearsal(options: RehearsalOptions = {}): Promise<Rehearsal> {
  const server = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' }).end(`This is a WebSocket endpoint: ${path}\n`)
  })
  const { port } = await listening(server, host, options.port ?? 0, 'the rehearsal')
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  let speech: Speech
  try {
    speech = options.speech ?? (await startSpeech())
  } catch (error) {
    await close()
    throw error
  }

  const sockets = new WebSocketServer({ noServer: true, maxPayload: maximumMessageBytes })
  server.on('upgrade', (request, socket, head) => {
    const refusal = refuse(request)
    if (refusal) return endWith(socket, refusal)
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request))
  })
  let lastConnection = 0
  sockets.on('connection', (client) => connect(client, ++lastConnection, speech, options))
  const offFailure = speech.onFailure((error) => {
    for (const client of sockets.clients) client.close(1011, error.message.slice(0, 100))
  })

  return {
    url: `ws://${host}:${port}/v1`,
    model: modelName,
    speech,
    async close() {
      offFailure()
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await close()
      if (!options.speech) await speech.close()
    },
  }
}

function connect(client: WebSocket, connectionId: number, speech: Speech, options: RehearsalOptions): void {
  const send = (event: ServerEvent): void => {
    if (options.loses?.(event)) return
    if (client.readyState === client.OPEN) client.send(JSON.stringify({ event_id: newId('event'), ...event }))
  }
  const observe = (fact: RehearsalFact): void => options.onEvent?.({ connectionId, at: Date.now(), ...fact })
  observe({ type: 'connected' })
  const session = new Session({
    speech,
    voice: options.voice ?? 'slt',
    phrases: options.phrases ?? {},
    send,
    observe,
    warn: (message) => options.onWarning?.(message),
  })
  client.on('message', (data, isBinary) => {
    const text = isBinary ? '' : data.toString()
    try {
      if (isBinary) throw new RequestError('invalid_event', 'Messages are JSON text, not binary.')
      session.handle(readClientEvent(text))
    } catch (error) {
      send(describe(error, eventIdOf(text)))
    }
  })
  // What is wrong with a frame (too long, malformed) also closes the connection, with a code that says it.
  client.on('error', (error) => options.onWarning?.(`A rehearsal connection failed: ${error.message}`))
  client.on('close', () => {
    session.close()
    observe({ type: 'closed' })
  })
}

function describe(error: unknown, eventId: string | null): ServerEvent {
  const known = error instanceof RequestError
  return {
    type: 'error',
    error: {
      type: known ? 'invalid_request_error' : 'server_error',
      code: known ? error.code : 'rehearsal_failed',
      message: messageOf(error),
      param: known ? error.param : null,
      event_id: eventId,
    },
  }
}

function hostnameOf(url: string): string | undefined {
  try {
    return new URL(url).hostname
  } catch {
    return undefined
  }
}

/** A page of another site must not reach this, neither by its own name (DNS rebinding) nor from its own origin. */
function refuse(request: IncomingMessage): { status: number; reason: string } | undefined {
  const requestHost = hostnameOf(`http://${request.headers.host}`)
  if (requestHost === undefined || !isLoopback(requestHost)) return { status: 403, reason: 'Forbidden' }
  const { origin } = request.headers
  if (origin !== undefined && !isLoopback(hostnameOf(origin) ?? ''))
    return { status: 403, reason: 'Forbidden' }
  if (request.url?.split('?')[0] !== path) return { status: 404, reason: 'Not Found' }
  return undefined
}

function endWith(socket: Duplex, { status, reason }: { status: number; reason: string }): void {
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
