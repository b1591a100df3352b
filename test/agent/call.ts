import { onTestFinished } from 'vitest'
import {
  createRealtimeModel,
  createVoiceAgent,
  ensureLogger,
  startVoiceSession,
  type VoiceAgent,
  type VoiceAgentOptions,
  type VoiceSession,
  type VoiceSessionOptions,
} from '../../src/agent/index.ts'
import type { Conversation } from '../../src/index.ts'
import { RealtimeEndpoint } from './realtime-endpoint.ts'

/** Until the end of the test, also if it is begun in a `beforeEach`. */
export async function openEndpoint(): Promise<RealtimeEndpoint> {
  // Whatever of the framework a test makes next wants it.
  ensureLogger()
  const endpoint = await RealtimeEndpoint.start()
  onTestFinished(() => endpoint.close())
  return endpoint
}

type Options = Pick<VoiceAgentOptions, 'instructions' | 'toolset'> &
  Pick<VoiceSessionOptions, 'audio' | 'onProblem'> & { confirmToolsWithinMs?: number }

/** A voice agent that talks to the model at this address, until the end of the test. */
export async function startCall(
  conversation: Conversation,
  baseURL: string,
  { audio, onProblem, confirmToolsWithinMs, ...options }: Options = {},
): Promise<VoiceSession & VoiceAgent> {
  const { agent, toolset } = createVoiceAgent({ conversation, ...options })
  const confirming = confirmToolsWithinMs === undefined ? {} : { confirmToolsWithinMs }
  const model = createRealtimeModel({ provider: 'rehearsal', baseURL, ...confirming })
  const call = await startVoiceSession({
    ...{ agent, model, conversation },
    ...(audio === undefined ? {} : { audio }),
    ...(onProblem === undefined ? {} : { onProblem }),
  })
  onTestFinished(() => call.close())
  return { ...call, agent, toolset }
}
