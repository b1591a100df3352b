import type { ConversationMark, ConversationView } from '../wire.ts'
import { forgetOldest, Newest } from './bounded.ts'

const maxConversations = 300
const speakers = ['caller', 'agent'] as const
const maxMarks = 400

interface ConversationRecord {
  startedAt: number
  endedAt?: number
  marks: Newest<ConversationMark>
}

/** The last conversations, and who spoke when. */
export class ConversationBook {
  readonly #conversations = new Map<string, ConversationRecord>()
  readonly #changed = new Set<string>()

  get views(): ConversationView[] {
    return [...this.#conversations].map(viewOf)
  }

  get(conversationId: string): ConversationView | undefined {
    const record = this.#conversations.get(conversationId)
    return record && viewOf([conversationId, record])
  }

  takeChanged(): ConversationView[] {
    const changed = [...this.#changed].flatMap((conversationId) => this.get(conversationId) ?? [])
    this.#changed.clear()
    return changed
  }

  /** One that is known goes on. */
  begin(conversationId: string, startedAt: number): void {
    const known = this.#conversations.get(conversationId)
    if (known && known.endedAt === undefined) return
    this.#conversations.set(conversationId, { startedAt, marks: new Newest(maxMarks) })
    this.#changed.add(conversationId)
    forgetOldest(this.#conversations, maxConversations, ({ endedAt }) => endedAt !== undefined)
  }

  end(conversationId: string, endedAt: number): void {
    for (const who of speakers) this.silent(conversationId, who, endedAt)
    const record = this.#change(conversationId)
    if (record) record.endedAt = endedAt
  }

  /** Nobody watches any more: who speaks on is not seen. */
  pause(at: number): void {
    for (const [conversationId, { endedAt }] of this.#conversations) {
      if (endedAt === undefined) for (const who of speakers) this.silent(conversationId, who, at)
    }
  }

  /** Of others that have not ended nobody knows when they did: they are forgotten. */
  keepOpen(live: ReadonlySet<string>): void {
    for (const [conversationId, { endedAt }] of this.#conversations) {
      if (endedAt === undefined && !live.has(conversationId)) this.#conversations.delete(conversationId)
    }
  }

  mark(conversationId: string, mark: ConversationMark): void {
    this.#change(conversationId)?.marks.push(mark)
  }

  isSpeaking(conversationId: string, who: 'caller' | 'agent'): boolean {
    const marks = this.#conversations.get(conversationId)?.marks.items ?? []
    return marks.some(({ kind, endedAt }) => kind === who && endedAt === undefined)
  }

  /** The end of what somebody is saying. */
  silent(conversationId: string, who: 'caller' | 'agent', endedAt: number): void {
    this.#change(conversationId)?.marks.replaceNewest((mark) =>
      mark.kind === who && mark.endedAt === undefined ? { ...mark, endedAt } : undefined,
    )
  }

  /** What was said in the stretch that has no words yet, or by itself where nobody was heard to speak. */
  words(conversationId: string, who: 'caller' | 'agent', at: number, text: string): void {
    const isFound = this.#change(conversationId)?.marks.replaceNewest((mark) =>
      mark.kind === who && mark.text === undefined ? { ...mark, text } : undefined,
    )
    if (isFound === false) this.mark(conversationId, { kind: who, at, endedAt: at, text })
  }

  #change(conversationId: string): ConversationRecord | undefined {
    const record = this.#conversations.get(conversationId)
    if (record) this.#changed.add(conversationId)
    return record
  }
}

function viewOf([conversationId, { startedAt, endedAt, marks }]: [
  string,
  ConversationRecord,
]): ConversationView {
  return { conversationId, startedAt, ...(endedAt === undefined ? {} : { endedAt }), marks: [...marks.items] }
}
