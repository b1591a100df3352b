export { english, type Phrases } from '../phrases.ts'
export { createVoiceAgent, type VoiceAgent, type VoiceAgentOptions } from './agent.ts'
export { type AnsweredCall, deliverOutput } from './deliver-output.ts'
export { type FunctionAnswer, toAnswer } from './function-call.ts'
export { honestyInstructions } from './instructions.ts'
export { ensureLogger } from './logger.ts'
export { createRealtimeModel, RealtimeModel, type RealtimeOptions } from './realtime-model.ts'
export { RealtimeSession } from './realtime-session.ts'
export { RealtimeLostError, RealtimeUnreachableError } from './realtime-socket.ts'
export { startVoiceSession, type VoiceSession, type VoiceSessionOptions } from './session.ts'
export {
  publishTimeline,
  type TimelineEntry,
  type TimelineOptions,
  timelineTopic,
} from './timeline.ts'
export { createMCPToolset, MCPToolset, type ToolsetOptions } from './toolset.ts'
export {
  defineSwitchboardAgent,
  type SwitchboardAgentOptions,
  type WorkerData,
  type WorkerSwitchboard,
} from './worker.ts'
