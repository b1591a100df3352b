import type { CallView, ConversationView } from '../../../wire.ts'
import type { CallFilter } from './filter.ts'
import { isFiltering, passes } from './filter.ts'
import { endOfMark, hasVoice } from './stretches.ts'

/** The calls of one conversation, or those that are a conversation of one call each, without a voice. */
export interface CallGroup {
  /** Absent where it holds single calls. */
  conversation?: ConversationView
  /** In the order in which they began. */
  calls: CallView[]
  startedAt: number
}

/** The newest first, single calls last. Those without a call that passes are left out while something is filtered. */
export function groupCalls(
  calls: ReadonlyMap<string, CallView>,
  conversations: ReadonlyMap<string, ConversationView>,
  filter: CallFilter,
): CallGroup[] {
  const byConversation = new Map<string, CallView[]>()
  for (const call of calls.values()) {
    const known = byConversation.get(call.conversationId)
    if (known) known.push(call)
    else byConversation.set(call.conversationId, [call])
  }
  const isFilteringCalls = isFiltering({ ...filter, conversationId: '' })
  const groups: CallGroup[] = []
  const single: CallView[] = []
  for (const conversationId of new Set([...conversations.keys(), ...byConversation.keys()])) {
    if (filter.conversationId && filter.conversationId !== conversationId) continue
    const all = byConversation.get(conversationId) ?? []
    const passing = all.filter((call) => passes(call, filter))
    const conversation = conversations.get(conversationId) ?? unknownConversation(conversationId, all)
    if (passing.length === 0 && (isFilteringCalls || !hasVoice(conversation.marks))) continue
    if (all.length === 1 && !hasVoice(conversation.marks)) single.push(...passing)
    else groups.push({ conversation, calls: inOrder(passing), startedAt: conversation.startedAt })
  }
  groups.sort((one, other) => other.startedAt - one.startedAt)
  const first = inOrder(single)[0]
  return first ? [...groups, { calls: inOrder(single), startedAt: first.startedAt }] : groups
}

function inOrder(calls: CallView[]): CallView[] {
  return calls.toSorted((one, other) => one.startedAt - other.startedAt)
}

/** One that the server has forgotten before its calls. */
function unknownConversation(conversationId: string, calls: CallView[]): ConversationView {
  return { conversationId, startedAt: Math.min(...calls.map(({ startedAt }) => startedAt)), marks: [] }
}

/** Whether a call or a voice is seen between both. */
export function isSeen({ conversation, calls }: CallGroup, fromAt: number, untilAt: number): boolean {
  return (
    calls.some(
      ({ startedAt, endedAt = Number.POSITIVE_INFINITY }) => startedAt < untilAt && endedAt > fromAt,
    ) ||
    (conversation?.marks.some((mark) => mark.at < untilAt && endOfMark(mark) > fromAt) ?? false)
  )
}

/** Whether a call runs or somebody speaks. */
export function isLive({ conversation, calls }: CallGroup): boolean {
  const isSpoken = conversation?.marks.some((mark) => endOfMark(mark) === Number.POSITIVE_INFINITY)
  return isSpoken === true || calls.some(({ endedAt }) => endedAt === undefined)
}
