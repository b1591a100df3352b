import type { ClientEvent, ItemCreate, ServerEvent } from './realtime-events.ts'

interface Call {
  id: string
  callId: string
  name: string
  arguments: string
}

/** Older calls are not answered any more. */
const maxCalls = 200

/** What the present connection knows of the conversation's items; and the function calls of all connections. */
export class KnownItems {
  readonly #items = new Set<string>()
  readonly #callsHere = new Set<string>()
  readonly #calls = new Map<string, Call>()

  /** Another connection begins, and knows nothing. */
  forget(): void {
    this.#items.clear()
    this.#callsHere.clear()
  }

  sent({ item }: ItemCreate): void {
    if (item.id !== undefined) this.#items.add(item.id)
    if (item.type !== 'function_call') return
    this.#callsHere.add(item.call_id)
    this.#remember({ id: item.id ?? '', callId: item.call_id, name: item.name, arguments: item.arguments })
  }

  heard({ type, item, item_id: itemId }: ServerEvent): void {
    if (type === 'conversation.item.deleted' && itemId !== undefined) this.#items.delete(itemId)
    if (/^conversation\.item\.(added|created)$/.test(type) && item?.id !== undefined) this.#items.add(item.id)
    if (type !== 'response.output_item.done' || item?.type !== 'function_call') return
    const { id, call_id: callId, name, arguments: args } = item
    if (id === undefined || callId === undefined || name === undefined) return
    this.#callsHere.add(callId)
    this.#remember({ id, callId, name, arguments: args ?? '{}' })
  }

  /**
   * The item as this connection can take it: at the end where what it was to follow is not known, and an output behind its
   * call, since an unknown call id is refused.
   */
  complete(event: ItemCreate): ClientEvent[] {
    const { item, previous_item_id: previous } = event
    const isKnown = previous !== undefined && (previous === 'root' || this.#items.has(previous))
    const place = isKnown ? { previous_item_id: previous } : {}
    const { previous_item_id: _, ...atTheEnd } = event
    const call = item.type === 'function_call_output' ? this.#calls.get(item.call_id) : undefined
    if (call === undefined || this.#callsHere.has(call.callId)) return [{ ...atTheEnd, ...place }]
    const { id, callId, name } = call
    const again: ItemCreate = {
      type: 'conversation.item.create',
      ...place,
      item: { id, type: 'function_call', call_id: callId, name, arguments: call.arguments },
    }
    return [again, { ...atTheEnd, previous_item_id: id }]
  }

  #remember(call: Call): void {
    this.#calls.delete(call.callId)
    this.#calls.set(call.callId, call)
    const [oldest] = this.#calls.keys()
    if (this.#calls.size > maxCalls && oldest !== undefined) this.#calls.delete(oldest)
  }
}
