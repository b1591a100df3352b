import { voice } from '@livekit/agents'
import type { Room } from '@livekit/rtc-node'
import { type Phrases, phrasesWith } from '../contract/phrases.ts'
import type { Conversation } from '../contract/protocol.ts'
import { ensureLogger } from './logger.ts'
import type { RealtimeModel } from './model/realtime-model.ts'
import { RealtimeSession } from './model/realtime-session.ts'
import { linkVoice } from './voice-link.ts'

export interface VoiceSessionOptions {
  agent: voice.Agent
  model: RealtimeModel
  /** Whose functions the agent has: is told who speaks, and has its silences filled. */
  conversation?: Conversation
  /** What is said without a model, in another language. Default: English. */
  phrases?: Partial<Phrases>
  /** Either these, or a room. */
  audio?: { input: voice.AudioInput; output: voice.AudioOutput }
  room?: Room
  /** Of the room, who alone is heard. Default: whoever comes first. */
  callerIdentity?: string
  /** The model's complaints that the session survives, such as a refused event. */
  onProblem?: (error: Error) => void
}

/** An agent that hears and speaks. */
export interface VoiceSession {
  session: voice.AgentSession
  /** Resolves when the session has ended, with the error if one ended it. */
  closed: Promise<Error | undefined>
  /** Ends it, with the model's socket. */
  close(): Promise<void>
}

/**
 * Starts an agent on a model that is connected when this resolves. Rejects with `cannot reach the Realtime endpoint at
 * URL: reason`, and then nothing is left open.
 */
export async function startVoiceSession(options: VoiceSessionOptions): Promise<VoiceSession> {
  ensureLogger()
  const { agent, model, conversation, phrases, audio, room, callerIdentity, onProblem } = options
  const session = new voice.AgentSession({
    llm: model,
    // The model hears turns by itself; and by default the microphone is muted while the agent first speaks.
    vad: null,
    aecWarmupDuration: null,
    // Nobody here asks whether the caller is away, and the timer for it goes on when the session is over.
    userAwayTimeout: null,
    turnHandling: { turnDetection: 'realtime_llm', interruption: { resumeFalseInterruption: false } },
  })
  const closed = new Promise<Error | undefined>((resolve) => {
    session.on(voice.AgentSessionEventTypes.Close, ({ error }) =>
      resolve(error === null ? undefined : asError(error)),
    )
  })
  // Without a listener for errors, the first one would be thrown inside the framework.
  session.on(voice.AgentSessionEventTypes.Error, ({ error }) => {
    if (!('recoverable' in error) || error.recoverable) onProblem?.(asError(error))
  })
  if (conversation !== undefined) linkVoice(session, conversation, phrasesWith(phrases))
  if (audio !== undefined) {
    session.input.audio = audio.input
    session.output.audio = audio.output
  }
  try {
    await session.start({
      agent,
      ...(room === undefined ? {} : { room }),
      ...(callerIdentity === undefined ? {} : { inputOptions: { participantIdentity: callerIdentity } }),
    })
    const connection = agent.getActivityOrThrow().realtimeLLMSession
    if (connection instanceof RealtimeSession) await connection.connected
  } catch (error) {
    await session.close()
    throw error
  }
  return { session, closed, close: () => session.close() }
}

/** The framework wraps some errors in an event and hands others on as they are. */
function asError(event: unknown): Error {
  if (event instanceof Error) return event
  const wrapped = typeof event === 'object' && event !== null && 'error' in event ? event.error : undefined
  return wrapped instanceof Error ? wrapped : new Error('the voice session failed')
}
