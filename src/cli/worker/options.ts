import type { Model } from '../common-options.ts'

export interface WorkerOptions {
  configFile: string | undefined
  /** Of `switchboard proxy`, in place of `configFile`. */
  proxyUrl: string | undefined
  /** Where its token is, unless the environment has it. */
  proxyTokenFile: string | undefined
  /** One's own agent file in place of `configFile` and `model`. */
  agentFile: string | undefined
  /** Where each caller's own servers are kept. */
  registryUrl: string | undefined
  /** Hosts at which those may be although their addresses are private. */
  allowHosts: string[]
  model: Model
  agentName: string | undefined
  instructions: string | undefined
  /** A file, or `-` for standard output. */
  audit: string | undefined
  auditArguments: boolean
  timeline: 'off' | 'calls' | 'contents'
  healthHost: string
  healthPort: number
  idleProcesses: number
  maxLoad: number
  drainSeconds: number
}
