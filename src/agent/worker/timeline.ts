import type { Conversation, Effect, ErrorCode, Progress, SwitchboardEvent } from '../../contract/protocol.ts'
import { cap, clean, retold } from '../../text/text.ts'

/** The topic of the data messages. */
export const timelineTopic = 'switchboard.timeline'

export interface TimelineOptions {
  /** Also what calls were given, what servers say meanwhile and what they answered: everybody in the room can read it. Default: false. */
  contents?: boolean
}

/** One data message: a moment of a call. */
export type TimelineEntry = {
  /** Epoch milliseconds. */
  at: number
  callId: string
} & (
  | {
      type: 'call.started'
      function: string
      /** The call that ran; this one only waits for its outcome. */
      sharedWith?: string
      arguments?: unknown
    }
  | { type: 'call.sent'; function: string; server: string }
  | ({ type: 'call.progress' } & Progress)
  | {
      type: 'call.ended'
      function: string
      server?: string
      code: ErrorCode | 'ok'
      /** Of an answered call: `done`. */
      effect: Effect
      durationMs: number
      text?: string
    }
)

/** A data message may hold 15,000 bytes; no more than this is told of one content. */
const maxContentCharacters = 3_000
const maxNameCharacters = 200
const minProgressPauseMs = 250

/**
 * Sends each moment of a conversation's calls, in their order, to `publish`. What cannot be sent is told to `onProblem` and
 * passed over: a call does not wait for those who look on. Returns the unsubscriber.
 */
export function publishTimeline(
  conversation: Pick<Conversation, 'subscribe'>,
  publish: (message: Uint8Array) => Promise<void>,
  { contents = false, onProblem }: TimelineOptions & { onProblem?: (error: unknown) => void } = {},
): () => void {
  const progressAt = new Map<string, number>()
  let last: Promise<void> = Promise.resolve()
  return conversation.subscribe((event) => {
    if (event.type === 'call.progress') {
      if (event.at - (progressAt.get(event.callId) ?? -Infinity) < minProgressPauseMs) return
      progressAt.set(event.callId, event.at)
    } else if (event.type === 'call.ended') progressAt.delete(event.callId)
    const entry = entryOf(event, contents)
    if (entry === undefined) return
    const message = new TextEncoder().encode(JSON.stringify(entry))
    last = last.then(() => publish(message)).catch((error: unknown) => onProblem?.(error))
  })
}

function entryOf(event: SwitchboardEvent, contents: boolean): TimelineEntry | undefined {
  if (event.type === 'call.started') {
    const { type, at, callId, sharedWith } = event
    const sharing = sharedWith === undefined ? {} : { sharedWith }
    const entry = { type, at, callId, function: told(event.function), ...sharing }
    return contents ? { ...entry, arguments: content(event.arguments) } : entry
  }
  if (event.type === 'call.sent') {
    const { type, at, callId, server } = event
    return { type, at, callId, function: told(event.function), server }
  }
  if (event.type === 'call.progress') {
    const { conversationId: _, message, ...entry } = event
    return message === undefined || !contents ? entry : { ...entry, message: told(message) }
  }
  if (event.type === 'call.ended') {
    const { type, at, callId, outcome } = event
    return {
      ...{ type, at, callId, function: told(event.function) },
      ...(outcome.server === undefined ? {} : { server: outcome.server }),
      code: outcome.ok ? 'ok' : outcome.error.code,
      effect: outcome.ok ? 'done' : outcome.error.effect,
      durationMs: outcome.durationMs,
      ...(contents
        ? { text: cap(outcome.ok ? outcome.text : outcome.error.message, maxContentCharacters) }
        : {}),
    }
  }
  return undefined
}

function told(text: string): string {
  return cap(clean(text), maxNameCharacters)
}

/** As it is, or the beginning of it as a text where it is long. */
function content(value: unknown): unknown {
  const whole = retold(value, clean)
  const text = JSON.stringify(whole)
  return text.length <= maxContentCharacters ? whole : cap(text, maxContentCharacters)
}
