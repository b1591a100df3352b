export { type CallerServers, startVoice, type Voice, type VoiceOptions } from './voice.ts'
export { holdVoiceCall, type VoiceCall, type VoiceCallParts } from './voice-call.ts'
