import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type AvailabilityResponse,
  Job,
  JobType,
  type RegisterWorkerRequest,
  Room,
  ServerMessage,
  WorkerMessage,
  WorkerStatus,
} from '@livekit/protocol'
import { onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { listen } from './listen.ts'
import { until } from './until.ts'

const claimsSchema = z.looseObject({ iss: z.string(), video: z.looseObject({ agent: z.boolean() }) })

/**
 * No LiveKit server: it speaks the part of the protocol by which a worker registers, is offered jobs and is given them (real
 * protobuf messages over a real WebSocket, tokens are checked), and nothing of WebRTC. A job process that is sent to its room
 * here finds a line that is silent, or one that is refused; what happens in a room only a real server can show.
 */
export class LiveKitStandIn {
  readonly registrations: RegisterWorkerRequest[] = []
  readonly answers: AvailabilityResponse[] = []
  readonly statuses: WorkerStatus[] = []
  /** Job processes that asked for their room. */
  roomRequests = 0
  /** With the name that it gave each. */
  #workers = new Map<WebSocket, string>()

  private constructor(
    readonly url: string,
    readonly apiKey: string,
    readonly apiSecret: string,
    private readonly rooms: 'silent' | 'refused',
  ) {}

  static async start(options: { rooms?: 'silent' | 'refused' } = {}): Promise<LiveKitStandIn> {
    const server = createServer((_request, response) => response.writeHead(404).end())
    const sockets = new WebSocketServer({ noServer: true })
    const { host } = await listen(server)
    const { rooms = 'silent' } = options
    const standIn = new LiveKitStandIn(`ws://${host}`, 'stand-in-key', 'stand-in-canary-of-the-secret', rooms)
    server.on('upgrade', (request, socket, head) => standIn.#onUpgrade(sockets, request, socket, head))
    onTestFinished(async () => {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return standIn
  }

  get environment(): NodeJS.ProcessEnv {
    const { url, apiKey, apiSecret } = this
    return { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret }
  }

  /** The next registration after `earlier` ones. */
  async untilRegistered(earlier = 0): Promise<RegisterWorkerRequest> {
    return until(() => this.registrations[earlier], 'the worker registers', 40_000)
  }

  /** Offers a job, to every worker or to one; if it is taken, gives it. */
  async offer(
    id: string,
    { to, metadata = '' }: { to?: string; metadata?: string } = {},
  ): Promise<AvailabilityResponse> {
    const room = new Room({ name: `room of ${id}` })
    const job = new Job({ id, type: JobType.JT_ROOM, room, metadata })
    this.#send(new ServerMessage({ message: { case: 'availability', value: { job } } }), to)
    const answer = await until(() => this.answers.find(({ jobId }) => jobId === id), 'it answers the offer')
    if (answer.available) {
      const token = 'no-token'
      const value = { job, token, url: this.url }
      this.#send(new ServerMessage({ message: { case: 'assignment', value } }), to)
    }
    return answer
  }

  /** Cuts the line to every worker. */
  cut(): void {
    for (const worker of this.#workers.keys()) worker.terminate()
  }

  #send(message: ServerMessage, to?: string): void {
    for (const [worker, name] of this.#workers) {
      if (to === undefined || name === to) worker.send(message.toBinary())
    }
  }

  #onUpgrade(sockets: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refuse = (status: string) => socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`)
    if (request.url !== '/agent') {
      this.roomRequests += 1
      if (this.rooms === 'refused') return void refuse('503 Service Unavailable')
      sockets.handleUpgrade(request, socket, head, () => {})
      return
    }
    if (!this.#isAllowed(request.headers.authorization ?? '')) return void refuse('401 Unauthorized')
    sockets.handleUpgrade(request, socket, head, (worker) => {
      this.#workers.set(worker, '')
      worker.on('close', () => this.#workers.delete(worker))
      worker.on('message', (data: Buffer) => this.#onMessage(worker, WorkerMessage.fromBinary(data)))
    })
  }

  #onMessage(worker: WebSocket, { message }: WorkerMessage): void {
    if (message.case === 'register') {
      this.registrations.push(message.value)
      const workerId = `stand-in-worker-${this.registrations.length}`
      this.#workers.set(worker, workerId)
      worker.send(new ServerMessage({ message: { case: 'register', value: { workerId } } }).toBinary())
    } else if (message.case === 'availability') this.answers.push(message.value)
    else if (message.case === 'updateWorker')
      this.statuses.push(message.value.status ?? WorkerStatus.WS_AVAILABLE)
  }

  #isAllowed(authorization: string): boolean {
    const [, head = '', body = '', signature = ''] =
      /^Bearer ([^.]+)\.([^.]+)\.([^.]+)$/.exec(authorization) ?? []
    const expected = createHmac('sha256', this.apiSecret).update(`${head}.${body}`).digest()
    const given = Buffer.from(signature, 'base64url')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false
    const claims = claimsSchema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString()))
    return claims.data?.iss === this.apiKey && claims.data.video.agent
  }
}
