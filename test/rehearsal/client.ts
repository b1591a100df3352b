import { WebSocket } from 'ws'
import { z } from 'zod'
import type { Speech } from '../../src/rehearsal/index.ts'

const eventSchema = z.looseObject({ type: z.string() })
export type Received = z.infer<typeof eventSchema>

const itemSchema = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  call_id: z.string().optional(),
  arguments: z.string().optional(),
  status: z.string().optional(),
  content: z
    .array(z.looseObject({ transcript: z.string().nullish(), text: z.string().optional() }))
    .optional(),
})
const doneSchema = z.looseObject({
  response: z.looseObject({
    status: z.string(),
    status_details: z.unknown(),
    output: z.array(itemSchema),
    metadata: z.unknown(),
  }),
})

export type Response = z.infer<typeof doneSchema>['response']

/** A client of the Realtime protocol. Audio is sent unpaced; every wait is for an event. */
export class RealtimeClient {
  readonly received: Received[] = []
  readonly #socket: WebSocket
  readonly #waiting = new Set<() => void>()
  /** What was waited for already; the next wait looks from here on. */
  #read = 0

  static async connect(url: string, session?: object): Promise<RealtimeClient> {
    const socket = new WebSocket(`${url}/realtime?model=rehearsal`)
    const client = new RealtimeClient(socket)
    await client.next('session.created')
    if (session) await client.update(session)
    return client
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => {
      this.received.push(eventSchema.parse(JSON.parse(data.toString())))
      for (const check of this.#waiting) check()
    })
  }

  send(event: object): void {
    this.#socket.send(JSON.stringify(event))
  }

  sendRaw(text: string | Buffer): void {
    this.#socket.send(text)
  }

  /** The next event of this type that was not waited for yet. */
  next(type: string): Promise<Received> {
    return new Promise((resolve) => {
      const check = (): void => {
        const at = this.received.findIndex((event, index) => index >= this.#read && event.type === type)
        const event = this.received[at]
        if (!event) return
        this.#read = at + 1
        this.#waiting.delete(check)
        resolve(event)
      }
      this.#waiting.add(check)
      check()
    })
  }

  async update(session: object): Promise<Received> {
    this.send({ type: 'session.update', session: { type: 'realtime', ...session } })
    return this.next('session.updated')
  }

  async done(): Promise<Response> {
    return doneSchema.parse(await this.next('response.done')).response
  }

  hear(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length; at += 2400) {
      const part = pcm.slice(at, at + 2400)
      this.send({ type: 'input_audio_buffer.append', audio: Buffer.from(part.buffer).toString('base64') })
    }
  }

  silence(ms: number): void {
    this.hear(new Int16Array(24 * ms))
  }

  /** Somebody speaks, and is silent after it. */
  async speak(speech: Speech, text: string, voice: 'rms' | 'awb' | 'slt' = 'rms'): Promise<void> {
    const { pcm } = await speech.say(text, { voice })
    this.silence(700)
    this.hear(pcm)
    this.silence(700)
  }

  type(text: string): void {
    const content = [{ type: 'input_text', text }]
    this.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } })
    this.send({ type: 'response.create' })
  }

  answer(callId: string | undefined, output: unknown): void {
    const item = { type: 'function_call_output', call_id: callId, output: JSON.stringify(output) }
    this.send({ type: 'conversation.item.create', item })
  }

  types(): string[] {
    return this.received.map(({ type }) => type)
  }

  /** Everything that was spoken to this client, at 24 kHz. */
  sound(): Int16Array {
    const deltas = this.received.filter(({ type }) => type === 'response.output_audio.delta')
    const bytes = Buffer.concat(deltas.map(({ delta }) => Buffer.from(String(delta), 'base64')))
    return Int16Array.from({ length: bytes.length / 2 }, (_, sample) => bytes.readInt16LE(sample * 2))
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once('close', () => resolve())
      this.#socket.close()
    })
  }
}

const object = (properties: Record<string, object>) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
})

const emailProperties = {
  to: { type: 'string', format: 'email', examples: ['carol@example.com', 'bob@example.com'] },
  subject: { type: 'string', examples: ['lunch', 'project update'] },
  body: { type: 'string', examples: ['see you at noon', 'the report is ready'] },
}

export const tools = [
  {
    type: 'function',
    name: 'search_web',
    parameters: object({ query: { type: 'string', examples: ['state machines', 'pizza', 'breaking news'] } }),
  },
  { type: 'function', name: 'send_email', parameters: object(emailProperties) },
  { type: 'function', name: 'draft_email', parameters: object(emailProperties) },
  {
    type: 'function',
    name: 'fetch_page',
    parameters: object({ url: { type: 'string', format: 'uri', examples: ['https://example.com/'] } }),
  },
  { type: 'function', name: 'tool_status', parameters: object({}) },
]

export const voiceSession = {
  tools,
  audio: { input: { transcription: { model: 'rehearsal' }, turn_detection: { type: 'semantic_vad' } } },
}

export const textOf = (response: Response): string =>
  response.output
    .flatMap(({ content }) => content ?? [])
    .map(({ transcript, text }) => transcript ?? text ?? '')
    .join(' ')
