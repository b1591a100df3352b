export interface WorkerOptions {
  configFile?: string
  /** One's own agent file in place of `configFile` and `model`. */
  agentFile?: string
  model: 'rehearsal' | 'openai'
  agentName?: string
  instructions?: string
  /** A file, or `-` for standard output. */
  audit?: string
  auditArguments: boolean
  timeline: 'off' | 'calls' | 'contents'
  healthHost: string
  healthPort: number
  idleProcesses: number
  maxLoad: number
  drainSeconds: number
}
