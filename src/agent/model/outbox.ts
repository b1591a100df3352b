import { WebSocket } from 'ws'
import { KnownItems } from './known-items.ts'
import {
  type ClientEvent,
  type ItemCreate,
  isToolsUpdate,
  type ResponseCreate,
  type ServerEvent,
} from './realtime-events.ts'

/** Sound that waits for a connection, in parts of 100 ms: older is forgotten. */
const maxWaitingSound = 300

interface Sent<Event> {
  event: Event
  connection: number
}

/**
 * What is said to the model, over all connections of a session; the plugin's own queue loses events when a connection ends.
 *
 * While there is no connection, events wait. After a loss, items that the endpoint had not confirmed and a response that
 * had not begun are sent again, behind what the plugin repeats by itself. Dropped are: what concerned a response of the lost
 * connection, and lists of tools that the plugin repeats. An output whose call the new connection does not know is
 * preceded by the call.
 */
export class Outbox {
  readonly #announce: (event: ClientEvent) => void
  readonly #items = new Map<string, Sent<ItemCreate>>()
  readonly #responses = new Map<string, Sent<ResponseCreate>>()
  /** Responses that began, by their id at the endpoint. */
  readonly #begun = new Map<string, string>()
  readonly #known = new KnownItems()
  #waiting: ClientEvent[] = []
  #socket: WebSocket | undefined
  #connection = 0
  #isClosed = false

  /** `announce` is told each event right before it is sent; what others send has to come to `sent` as well. */
  constructor(announce: (event: ClientEvent) => void) {
    this.#announce = announce
  }

  put(event: ClientEvent): void {
    if (this.#isClosed) return
    if (this.#socket?.readyState === WebSocket.OPEN) this.#send(this.#socket, event)
    else this.#wait(event)
  }

  /** A connection on which the plugin has said what it repeats. */
  open(socket: WebSocket): void {
    this.#socket = socket
    const waiting = this.#waiting
    this.#waiting = []
    const isFirst = this.#connection === 0
    const events = isFirst ? waiting : this.#afterLoss(waiting)
    for (const event of events) this.put(event)
  }

  lost(): void {
    if (this.#socket === undefined) return
    this.#socket = undefined
    this.#connection += 1
    this.#known.forget()
    this.#begun.clear()
  }

  /** The session is over: nothing waits any more. */
  close(): void {
    this.#isClosed = true
    this.lost()
    this.#waiting = []
    this.#items.clear()
    this.#responses.clear()
  }

  sent(event: ClientEvent): void {
    const connection = this.#connection
    if (event.type === 'conversation.item.create') {
      this.#known.sent(event)
      if (event.item.id !== undefined) this.#items.set(event.item.id, { event, connection })
    }
    if (event.type === 'response.create' && event.event_id !== undefined) {
      if (event.response?.metadata?.client_event_id === event.event_id)
        this.#responses.set(event.event_id, { event, connection })
    }
    if (event.type === 'response.cancel') this.#responses.clear()
  }

  heard(event: ServerEvent): void {
    this.#known.heard(event)
    if (/^conversation\.item\.(added|created)$/.test(event.type)) this.#items.delete(event.item?.id ?? '')
    const { response } = event
    const eventId = response?.metadata?.client_event_id
    if (event.type === 'response.created' && response?.id !== undefined && eventId !== undefined)
      this.#begun.set(response.id, eventId)
    // A response that has an item has begun to be heard: it is not asked for twice.
    if (event.type === 'response.output_item.added' || event.type === 'response.output_item.done')
      this.#responses.delete(this.#begun.get(event.response_id ?? '') ?? '')
    if (event.type === 'response.done') this.#responses.delete(eventId ?? '')
    if (event.type === 'error') this.#refused(event.error?.event_id ?? '')
  }

  #refused(eventId: string): void {
    this.#responses.delete(eventId)
    for (const [id, { event }] of this.#items) if (event.event_id === eventId) this.#items.delete(id)
  }

  #send(socket: WebSocket, event: ClientEvent): void {
    const events = event.type === 'conversation.item.create' ? this.#known.complete(event) : [event]
    for (const one of events) {
      this.#announce(one)
      socket.send(JSON.stringify(one))
    }
  }

  #wait(event: ClientEvent): void {
    if (event.type === 'response.cancel') {
      this.#waiting = this.#waiting.filter(({ type }) => type !== 'response.create')
      this.#responses.clear()
      return
    }
    if (event.type === 'input_audio_buffer.append') this.#forgetSound()
    this.#waiting.push(event)
  }

  #forgetSound(): void {
    const sounds = this.#waiting.filter(({ type }) => type === 'input_audio_buffer.append')
    const oldest = sounds.length < maxWaitingSound ? undefined : sounds[0]
    if (oldest !== undefined) this.#waiting.splice(this.#waiting.indexOf(oldest), 1)
  }

  #afterLoss(waiting: ClientEvent[]): ClientEvent[] {
    const isLost = ({ connection }: Sent<unknown>): boolean => connection < this.#connection
    // What the plugin has repeated on this connection is not confirmed yet either, and stays.
    const items = takeOut(this.#items, isLost)
    const responses: ClientEvent[] = takeOut(this.#responses, isLost)
    const others = waiting.filter((event) => {
      if (event.type === 'response.create') responses.push(event)
      return !['response.create', 'conversation.item.truncate'].includes(event.type) && !isToolsUpdate(event)
    })
    // One at a time is all that the endpoint takes, and it answers everything that was said before it.
    return [...items, ...others, ...responses.slice(-1)]
  }
}

function takeOut<Event>(from: Map<string, Sent<Event>>, isTaken: (sent: Sent<Event>) => boolean): Event[] {
  const taken = [...from].filter(([, sent]) => isTaken(sent))
  for (const [id] of taken) from.delete(id)
  return taken.map(([, { event }]) => event)
}
