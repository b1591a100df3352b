export interface WorkerOptions {
  configFile?: string
  /** Of `switchboard proxy`, in place of `configFile`. */
  proxyUrl?: string
  /** Where its token is, unless the environment has it. */
  proxyTokenFile?: string
  /** One's own agent file in place of `configFile` and `model`. */
  agentFile?: string
  /** Where each caller's own servers are kept. */
  registryUrl?: string
  /** Hosts at which those may be although their addresses are private. */
  allowHosts: string[]
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
