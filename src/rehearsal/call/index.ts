export { sampleRate } from './audio-format.ts'
export { CallerAudioInput, type CallerAudioInputOptions } from './audio-input.ts'
export { CallerAudioOutput, type CallerAudioOutputOptions } from './audio-output.ts'
export { type CallClock, createCallClock } from './clock.ts'
export {
  type CallRecord,
  type PlaceCallOptions,
  placeCall,
  type Turn,
  type TurnResult,
  type VoiceCallEvent,
} from './place-call.ts'
export { type CallSound, Recording } from './recording.ts'
export type { TurnOutcome, TurnPatience } from './turn-tracker.ts'
