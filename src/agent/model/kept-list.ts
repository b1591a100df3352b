import type { llm } from '@livekit/agents'

/** Where the model's list is kept: a session of `createRealtimeModel`. */
export interface KeptList {
  readonly confirmed: boolean
  whenConfirmed(): Promise<void>
}

/** A toolset that wants to know what has become of its tools at the model. */
export interface ConfirmedToolset extends llm.Toolset {
  /** The session that told a model of it says so. */
  keptBy(list: KeptList): void
  /** The model refused a tool of it, and has the others. */
  refusedByModel(tool: llm.FunctionTool, reason: string): void
}

export function isConfirmedToolset(toolset: llm.Toolset): toolset is ConfirmedToolset {
  return 'keptBy' in toolset && 'refusedByModel' in toolset
}
