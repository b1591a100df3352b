import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { checkToolList } from '../../src/rehearsal/endpoint/tool-list.ts'
import { RequestError } from '../../src/rehearsal/endpoint/wire.ts'

const toolSchema = z.looseObject({
  type: z.literal('function'),
  name: z.string(),
  description: z.string().optional(),
  parameters: z.unknown().optional(),
})

const clientEventSchema = z.looseObject({
  type: z.string(),
  event_id: z.string().optional(),
  item: z
    .looseObject({ id: z.string().optional(), type: z.string(), call_id: z.string().optional() })
    .optional(),
  item_id: z.string().optional(),
  previous_item_id: z.string().optional(),
  response: z.looseObject({ metadata: z.unknown() }).optional(),
  session: z.looseObject({ tools: z.array(toolSchema).optional() }).optional(),
})

export type ClientEvent = z.infer<typeof clientEventSchema>
export type PushedTool = z.infer<typeof toolSchema>

/** What one connection knows. */
interface Line {
  client: WebSocket
  items: Set<string>
  calls: Set<string>
  tools: PushedTool[]
}

interface ScriptedCall {
  name: string
  /** As they stand on the wire. */
  arguments: string
}

interface ScriptedSpeech {
  transcript: string
  audioMs: number
}

/** What the endpoint does at a `response.create`: it speaks, or calls a function, or first the one and then the other. */
export type ScriptedResponse = ScriptedCall | ScriptedSpeech | (ScriptedSpeech & ScriptedCall)

/** The Realtime API's wire on loopback, without ears: it does what a test tells it to. */
export class RealtimeEndpoint {
  readonly events: ClientEvent[] = []
  readonly headers: (string | undefined)[] = []
  readonly scripted: ScriptedResponse[] = []
  /** Items of the last connection, in order, as far as they were taken. */
  readonly items: NonNullable<ClientEvent['item']>[] = []
  /** What it said in errors. */
  readonly complaints: string[] = []
  /** Answers every connection with this status. */
  refuseWith: number | undefined
  /** Throws a `RequestError`, or any other error for a failure of its own. Default: what OpenAI is known to refuse. */
  check: (tools: PushedTool[]) => void = checkToolList
  /** It takes so many updates of its session without a word. */
  silences = 0
  /** What happens right before an item of the other side is taken. */
  beforeItem: (() => void) | undefined
  /** The connection breaks when such an event arrives, which is lost. It breaks once. */
  breakAt: ((event: ClientEvent) => boolean) | undefined
  readonly #http = createServer()
  readonly #sockets = new WebSocketServer({ noServer: true })
  readonly #waiting = new Set<() => void>()
  #line: Line | undefined
  #count = 0

  private constructor() {
    this.#http.on('upgrade', (request, socket, head) => {
      this.headers.push(request.headers.authorization)
      this.#happened()
      socket.on('error', () => socket.destroy())
      if (this.refuseWith !== undefined) {
        socket.end(`HTTP/1.1 ${this.refuseWith} Refused\r\nconnection: close\r\n\r\n`)
        return
      }
      this.#sockets.handleUpgrade(request, socket, head, (client) => this.#serve(client))
    })
  }

  static async start(): Promise<RealtimeEndpoint> {
    const endpoint = new RealtimeEndpoint()
    endpoint.#http.listen(0, '127.0.0.1')
    await once(endpoint.#http, 'listening')
    return endpoint
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#address.port}/v1`
  }

  get connections(): number {
    return this.#sockets.clients.size
  }

  /** Lists of tools as the model got them, one for each push. */
  get toolLists(): string[][] {
    return this.events.flatMap(({ session }) =>
      session?.tools ? [session.tools.map(({ name }) => name)] : [],
    )
  }

  /** The tools that the model has now. */
  get tools(): string[] {
    return this.#line?.tools.map(({ name }) => name) ?? []
  }

  /** What functions answered, in order. */
  get outputs(): unknown[] {
    return this.items.flatMap((item) =>
      item.type === 'function_call_output' ? [JSON.parse(String(item.output))] : [],
    )
  }

  /** Resolves as soon as something holds; it is looked at again whenever something happened. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  send(event: { type: string; [key: string]: unknown }): void {
    for (const client of this.#sockets.clients)
      client.send(JSON.stringify({ event_id: this.#id('event'), ...event }))
  }

  /** By itself, as after something that it heard. */
  respond(script: ScriptedResponse): void {
    this.scripted.push(script)
    this.#respond({ type: 'response.create' })
  }

  /** What the caller said becomes an item. */
  hear(text: string): void {
    this.#add({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] })
    this.#happened()
  }

  dropConnections(): void {
    for (const client of this.#sockets.clients) client.terminate()
  }

  async close(): Promise<void> {
    this.dropConnections()
    this.#http.close()
    this.#http.closeAllConnections()
    await once(this.#http, 'close')
  }

  get #address(): AddressInfo {
    const address = this.#http.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    return address
  }

  #serve(client: WebSocket): void {
    const line: Line = { client, items: new Set(), calls: new Set(), tools: [] }
    this.#line = line
    this.items.length = 0
    this.#happened()
    client.on('close', () => this.#happened())
    client.on('message', (data) => {
      const event = clientEventSchema.parse(JSON.parse(String(data)))
      if (client.readyState !== client.OPEN) return
      if (this.breakAt?.(event)) {
        this.breakAt = undefined
        client.terminate()
        return
      }
      if (event.type !== 'input_audio_buffer.append') this.events.push(event)
      try {
        this.#take(event, line)
      } catch (error) {
        this.#complain(event, error)
      }
      this.#happened()
    })
    client.send(JSON.stringify({ type: 'session.created', event_id: this.#id('event'), session: {} }))
  }

  #take(event: ClientEvent, line: Line): void {
    if (event.type === 'session.update') {
      const tools = event.session?.tools
      if (tools !== undefined) this.check(tools)
      line.tools = tools ?? line.tools
      if (this.silences > 0) this.silences -= 1
      else this.send({ type: 'session.updated', session: { tools: line.tools } })
    }
    if (event.type === 'conversation.item.create' && event.item !== undefined) {
      const { previous_item_id: previous, item } = event
      if (previous !== undefined && previous !== 'root' && !line.items.has(previous))
        throw new RequestError('item_not_found', `There is no item ${previous} to put this one after.`)
      if (item.type === 'function_call_output' && !line.calls.has(item.call_id ?? ''))
        throw new RequestError(
          'invalid_tool_call_id',
          `Tool call ID '${item.call_id}' not found in conversation.`,
        )
      const before = this.beforeItem
      this.beforeItem = undefined
      before?.()
      this.#add(item, previous)
    }
    if (event.type === 'conversation.item.delete') this.#remove(event.item_id, line)
    if (event.type === 'response.create') this.#respond(event)
  }

  #complain(event: ClientEvent, error: unknown): void {
    const known = error instanceof RequestError
    const message = error instanceof Error ? error.message : String(error)
    this.complaints.push(message)
    this.send({
      type: 'error',
      error: {
        type: known ? 'invalid_request_error' : 'server_error',
        code: known ? error.code : 'server_error',
        message,
        param: known ? error.param : null,
        event_id: event.event_id ?? null,
      },
    })
  }

  /** Default: at the end. */
  #add(item: NonNullable<ClientEvent['item']>, previous = this.items.at(-1)?.id): void {
    const line = this.#line
    if (line === undefined) return
    const id = item.id ?? this.#id('item')
    const added = { ...item, id }
    this.items.splice(this.items.findIndex((other) => other.id === previous) + 1, 0, added)
    const place = { previous_item_id: previous === 'root' ? null : (previous ?? null) }
    this.send({ type: 'conversation.item.added', ...place, item: added })
    line.items.add(id)
    if (item.type === 'function_call' && item.call_id !== undefined) line.calls.add(item.call_id)
  }

  #remove(id: string | undefined, line: Line): void {
    const at = this.items.findIndex((item) => item.id === id)
    if (id === undefined || at === -1)
      throw new RequestError('item_delete_invalid_item_id', `There is no item ${id}.`)
    this.items.splice(at, 1)
    line.items.delete(id)
    this.send({ type: 'conversation.item.deleted', item_id: id })
  }

  /** The next scripted response, or an empty one. */
  #respond(event: ClientEvent): void {
    const script = this.scripted.shift()
    const response = {
      id: this.#id('response'),
      object: 'realtime.response',
      metadata: event.response?.metadata ?? null,
      output: [],
    }
    this.send({ type: 'response.created', response: { ...response, status: 'in_progress' } })
    const at = { response_id: response.id, output_index: 0 }
    if (script !== undefined && 'transcript' in script) this.#speak(script, at)
    if (script !== undefined && 'name' in script) {
      const { name, arguments: args } = script
      const called = { type: 'function_call', call_id: this.#id('call'), name, arguments: args }
      const item = { id: this.#id('item'), ...called }
      this.#add(item)
      this.send({ type: 'response.output_item.done', ...at, item })
    }
    this.send({ type: 'response.done', response: { ...response, status: 'completed' } })
  }

  /** A tone, all of it at once. */
  #speak({ transcript, audioMs }: ScriptedSpeech, at: object): void {
    const item = { id: this.#id('item'), type: 'message', role: 'assistant', content: [] }
    const part = { ...at, item_id: item.id, content_index: 0 }
    this.send({ type: 'response.output_item.added', ...at, item })
    this.#add(item)
    this.send({ type: 'response.content_part.added', ...part, part: { type: 'audio', transcript: '' } })
    this.send({ type: 'response.output_audio_transcript.delta', ...part, delta: transcript })
    const delta = Buffer.from(new Int16Array(audioMs * 24).fill(1_000).buffer).toString('base64')
    this.send({ type: 'response.output_audio.delta', ...part, delta })
    this.send({ type: 'response.output_item.done', ...at, item })
  }

  #id(kind: string): string {
    this.#count += 1
    return `${kind}_${this.#count}`
  }

  #happened(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }
}
