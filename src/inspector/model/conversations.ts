import type { ConversationMark, ConversationView } from '../wire.ts'
import { forgetOldest, Newest } from './bounded.ts'

const maxConversations = 300
const maxMarks = 400

interface ConversationRecord {
  view: ConversationView
  marks: Newest<ConversationMark>
}

/** The last conversations, and who spoke when. */
export class ConversationBook {
  readonly #conversations = new Map<string, ConversationRecord>()
  readonly #changed = new Set<string>()

  get views(): ConversationView[] {
    return [...this.#conversations.values()].map(({ view }) => view)
  }

  get(conversationId: string): ConversationView | undefined {
    return this.#conversations.get(conversationId)?.view
  }

  takeChanged(): ConversationView[] {
    const changed = [...this.#changed].flatMap((id) => this.#conversations.get(id)?.view ?? [])
    this.#changed.clear()
    return changed
  }

  /** One that is known goes on. */
  begin(conversationId: string, startedAt: number): void {
    if (this.get(conversationId)?.endedAt === undefined && this.#conversations.has(conversationId)) return
    const view = { conversationId, startedAt, marks: [] }
    this.#conversations.set(conversationId, { view, marks: new Newest(maxMarks) })
    this.#changed.add(conversationId)
    forgetOldest(this.#conversations, maxConversations, ({ view: { endedAt } }) => endedAt !== undefined)
  }

  end(conversationId: string, endedAt: number): void {
    for (const who of ['caller', 'agent'] as const) this.silent(conversationId, who, endedAt)
    this.#update(conversationId, (record) => ({ ...record.view, endedAt }))
  }

  /** All but those that `live`. */
  endOthers(live: ReadonlySet<string>, endedAt: number): void {
    for (const { view } of this.#conversations.values()) {
      if (view.endedAt === undefined && !live.has(view.conversationId)) this.end(view.conversationId, endedAt)
    }
  }

  mark(conversationId: string, mark: ConversationMark): void {
    this.#update(conversationId, (record) => {
      record.marks.push(mark)
      return { ...record.view, marks: [...record.marks.items] }
    })
  }

  /** The end of what somebody is saying. */
  silent(conversationId: string, who: 'caller' | 'agent', endedAt: number): void {
    this.#change(conversationId, (mark) =>
      mark.kind === who && mark.endedAt === undefined ? { ...mark, endedAt } : undefined,
    )
  }

  /** What was said in the stretch that has no words yet, or by itself where nobody was heard to speak. */
  words(conversationId: string, who: 'caller' | 'agent', at: number, text: string): void {
    const isFound = this.#change(conversationId, (mark) =>
      mark.kind === who && mark.text === undefined ? { ...mark, text } : undefined,
    )
    if (!isFound) this.mark(conversationId, { kind: who, at, endedAt: at, text })
  }

  /** The newest that `change` makes another of. */
  #change(conversationId: string, change: (mark: ConversationMark) => ConversationMark | undefined): boolean {
    let isFound = false
    this.#update(conversationId, (record) => {
      isFound = record.marks.replaceNewest(change)
      return { ...record.view, marks: [...record.marks.items] }
    })
    return isFound
  }

  #update(conversationId: string, next: (record: ConversationRecord) => ConversationView): void {
    const record = this.#conversations.get(conversationId)
    if (!record) return
    record.view = next(record)
    this.#changed.add(conversationId)
  }
}
