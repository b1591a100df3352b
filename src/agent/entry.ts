import { requirePackages } from '../packages.ts'

requirePackages('mcp-switchboard/livekit')

export const {
  createMCPToolset,
  createRealtimeModel,
  createVoiceAgent,
  defineSwitchboardAgent,
  deliverOutput,
  english,
  ensureLogger,
  honestyInstructions,
  MCPToolset,
  pageTopic,
  publishTimeline,
  RealtimeLostError,
  RealtimeModel,
  RealtimeSession,
  RealtimeUnreachableError,
  startVoiceSession,
  timelineTopic,
  toAnswer,
} = await import('./index.ts')
