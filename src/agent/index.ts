export { english, type Phrases } from '../contract/phrases.ts'
export { createVoiceAgent, type VoiceAgent, type VoiceAgentOptions } from './agent.ts'
export { type FunctionAnswer, toAnswer } from './function-call.ts'
export { honestyInstructions } from './instructions.ts'
export { ensureLogger } from './logger.ts'
export { type AnsweredCall, deliverOutput } from './model/deliver-output.ts'
export { createRealtimeModel, RealtimeModel, type RealtimeOptions } from './model/realtime-model.ts'
export { RealtimeSession } from './model/realtime-session.ts'
export { RealtimeLostError, RealtimeUnreachableError } from './model/realtime-socket.ts'
export { startVoiceSession, type VoiceSession, type VoiceSessionOptions } from './session.ts'
export { createMCPToolset, MCPToolset, type ToolsetOptions } from './tools/toolset.ts'
export type { Caller } from './worker/caller.ts'
export type {
  SwitchboardAgentOptions,
  UserServersSource,
  WorkerData,
  WorkerSwitchboard,
} from './worker/options.ts'
export { pageTopic } from './worker/pages.ts'
export type { SignInLink } from './worker/sign-in-links.ts'
export {
  publishTimeline,
  type TimelineEntry,
  type TimelineOptions,
  timelineTopic,
} from './worker/timeline.ts'
export { defineSwitchboardAgent } from './worker/worker.ts'
