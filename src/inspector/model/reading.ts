import { z } from 'zod'
import type { SwitchboardEvent } from '../../contract/protocol.ts'
import type { Projection } from '../../inspection/projection.ts'
import type { CallBook } from './calls.ts'
import type { ConversationBook } from './conversations.ts'
import type { Sight } from './observation.ts'
import type { ServerBook } from './servers.ts'

const speechSchema = z.object({
  type: z.literal('speech.changed'),
  who: z.enum(['caller', 'agent']),
  isSpeaking: z.boolean(),
})

/** What events are written down in. */
export interface Books {
  readonly calls: CallBook
  readonly conversations: ConversationBook
  readonly servers: ServerBook
}

/** What a switchboard tells of its calls. */
export function readEvent(
  { calls, conversations, servers }: Books,
  event: SwitchboardEvent,
  brief: Projection,
): void {
  if ('callId' in event) calls.handle(event)
  if (event.type === 'call.sent') servers.called(event.server, event.conversationId)
  else if (event.type === 'call.ended') {
    const { conversationId, at, outcome } = event
    const { server } = outcome
    if (outcome.ok) servers.answered(outcome.server, conversationId, at, outcome.durationMs)
    else if (server !== undefined) servers.called(server, conversationId)
  } else if (event.type === 'silence.noticed') {
    const { at, conversationId, functions } = event
    const text = `waiting for ${functions.map((name) => brief.text(name)).join(', ')}`
    conversations.mark(conversationId, { at, kind: 'filler', text })
  } else if (event.type === 'question.due') {
    const { at, conversationId, function: name } = event
    conversations.mark(conversationId, { at, kind: 'question', text: brief.text(name) })
  }
}

/** What a pool tells of its servers. `conversationId`: of the one that they belong to. */
export function readServerEvent(
  servers: ServerBook,
  event: SwitchboardEvent,
  conversationId: string | undefined,
): void {
  if (event.type === 'server.changed') servers.update(event.server, conversationId, event.at)
  else if (event.type === 'server.logged') servers.logged(event.server, conversationId, event.at, event)
}

/** Who speaks: the machine of a conversation is told, and no event tells of it. */
export function readSpeech(conversations: ConversationBook, { at, system, seen }: Sight): void {
  const { conversationId } = system
  if (seen.type !== '@xstate.snapshot' || conversationId === undefined) return
  const speech = speechSchema.safeParse(seen.event).data
  if (!speech) return
  const { who, isSpeaking } = speech
  if (!isSpeaking) {
    conversations.silent(conversationId, who, at)
    return
  }
  const isInterruption = who === 'caller' && conversations.isSpeaking(conversationId, 'agent')
  if (isInterruption) conversations.mark(conversationId, { at, kind: 'interruption' })
  conversations.mark(conversationId, { at, kind: who })
}
