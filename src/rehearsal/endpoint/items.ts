import { randomBytes } from 'node:crypto'
import { type Content, type ItemInput, RequestError } from './wire.ts'

type Fields = { id: string; object: 'realtime.item'; status: 'in_progress' | 'completed' | 'incomplete' }
export type Item = ItemInput & Fields
export type MessageItem = Extract<Item, { type: 'message' }>
export type CallItem = Extract<Item, { type: 'function_call' }>

export const newId = (prefix: string): string => `${prefix}_${randomBytes(9).toString('base64url')}`

/** A conversation's items, in order. */
export class Items {
  readonly #items: Item[] = []

  get lastId(): string | null {
    return this.#items.at(-1)?.id ?? null
  }

  get(id: string): Item | undefined {
    return this.#items.find((item) => item.id === id)
  }

  /** Puts it after the item with `previousId`, first for `root`, last without. Returns the id of the one before it. */
  add(item: Item, previousId?: string | null): string | null {
    if (this.get(item.id)) throw new RequestError('item_exists', `There is an item ${item.id} already.`)
    if (item.type === 'function_call_output' && !this.#hasCall(item.call_id)) {
      const problem = `Tool call ID '${item.call_id}' not found in conversation.`
      throw new RequestError('invalid_tool_call_id', problem, 'item.call_id')
    }
    if (previousId === 'root') {
      this.#items.unshift(item)
      return null
    }
    const at = previousId ? this.#items.findIndex(({ id }) => id === previousId) : this.#items.length - 1
    if (previousId && at < 0) {
      throw new RequestError('item_not_found', `There is no item ${previousId} to put this one after.`)
    }
    this.#items.splice(at + 1, 0, item)
    return this.#items[at]?.id ?? null
  }

  delete(id: string): void {
    const at = this.#items.findIndex((item) => item.id === id)
    if (at < 0) throw new RequestError('item_not_found', `There is no item ${id} to delete.`)
    this.#items.splice(at, 1)
  }

  #hasCall(callId: string): boolean {
    return this.#items.some((item) => item.type === 'function_call' && item.call_id === callId)
  }

  /** The name of the function that a call is of. */
  calledBy(callId: string): string | undefined {
    for (const item of this.#items)
      if (item.type === 'function_call' && item.call_id === callId) return item.name
    return undefined
  }

  /** Calls that have no output yet. */
  openCalls(): Item[] {
    const answered = new Set(
      this.#items.flatMap((item) => (item.type === 'function_call_output' ? [item.call_id] : [])),
    )
    return this.#items.filter((item) => item.type === 'function_call' && !answered.has(item.call_id))
  }
}

export const newItem = (input: ItemInput, status: Fields['status'] = 'completed'): Item => ({
  ...input,
  id: input.id ?? newId('item'),
  object: 'realtime.item',
  status,
})

export const newMessage = (
  role: MessageItem['role'],
  content: Content[],
  status: Fields['status'],
): MessageItem => ({
  type: 'message',
  id: newId('item'),
  object: 'realtime.item',
  status,
  role,
  content,
})

export const newCall = (name: string, args: string): CallItem => ({
  type: 'function_call',
  id: newId('item'),
  object: 'realtime.item',
  status: 'completed',
  call_id: newId('call'),
  name,
  arguments: args,
})

/** What a user typed; undefined for an item that has no text. */
export function typedText(item: Item): string | undefined {
  if (item.type !== 'message' || item.role !== 'user') return undefined
  const texts = item.content.flatMap(({ type, text }) => (type === 'input_text' && text ? [text] : []))
  return texts.length > 0 ? texts.join(' ') : undefined
}
