import { voice } from '@livekit/agents'
import { z } from 'zod'
import type { RealtimeSession } from '../../agent/index.ts'
import type { VoiceMessage } from '../wire.ts'

const deltaSchema = z.object({
  type: z.enum(['response.output_audio_transcript.delta', 'response.output_text.delta']),
  item_id: z.string(),
  delta: z.string(),
})

type Tell = (message: VoiceMessage) => void

/** Tells what happens in a call: who speaks, and what. Ends with the session. */
export function follow(session: voice.AgentSession, model: RealtimeSession | undefined, tell: Tell): void {
  const { AgentStateChanged, UserStateChanged } = voice.AgentSessionEventTypes
  session.on(AgentStateChanged, ({ newState }) => {
    const state = newState === 'speaking' || newState === 'thinking' ? newState : 'listening'
    tell({ type: 'state', state })
  })
  session.on(UserStateChanged, ({ oldState, newState }) => {
    const isSpeaking = newState === 'speaking'
    if (isSpeaking !== (oldState === 'speaking')) tell({ type: 'caller', isSpeaking })
  })
  followWords(session, model, tell)
}

/** What is not final is said again, longer, under the same id. */
function followWords(session: voice.AgentSession, model: RealtimeSession | undefined, tell: Tell): void {
  const { ConversationItemAdded, UserInputTranscribed, UserStateChanged } = voice.AgentSessionEventTypes
  let callerBeganAt = Date.now()
  session.on(UserStateChanged, ({ newState, createdAt }) => {
    if (newState === 'speaking') callerBeganAt = createdAt
  })
  session.on(UserInputTranscribed, ({ isFinal, transcript: text, itemId }) => {
    if (isFinal || text === '' || itemId === null) return
    tell({ type: 'words', who: 'caller', id: itemId, at: callerBeganAt, text, isFinal })
  })
  session.on(ConversationItemAdded, ({ item }) => {
    if (item.type !== 'message' || (item.role !== 'user' && item.role !== 'assistant')) return
    const { id, createdAt: at, textContent: text = '', interrupted: isInterrupted } = item
    const who = item.role === 'user' ? 'caller' : 'agent'
    tell({ type: 'words', who, id, at, text, isFinal: true, ...(isInterrupted ? { isInterrupted } : {}) })
  })
  let saying = { id: '', at: 0, text: '' }
  model?.on('openai_server_event_received', (event: unknown) => {
    const { data } = deltaSchema.safeParse(event)
    if (data === undefined) return
    if (saying.id !== data.item_id) saying = { id: data.item_id, at: Date.now(), text: '' }
    saying.text += data.delta
    tell({ type: 'words', who: 'agent', ...saying, isFinal: false })
  })
}
