export type { RequestHandler } from './http/registry.ts'
export { createInspector, type Inspector, type InspectorOptions } from './inspector.ts'
export type { LiveKitRoom, OpenAIAccess, PageVoice } from './page-voice.ts'
