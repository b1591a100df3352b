import type { Environment } from '../../config/expand.ts'

export interface RegistryOptions {
  /** Default: `rehearsal/registry`. */
  folder?: string | undefined
  /** `host` or `host:port`, which may be private or without https. */
  allowHosts: string[]
  /** A file with what servers can be made from. */
  templatesFile?: string | undefined
}

export interface PageOptions {
  configFile?: string | undefined
  /** What `${…}` stands for in it. Default: this process's variables, with an outbox for mail where none is configured. */
  environment?: Environment
  /** Reads `configFile` again when it changes. */
  watch: boolean
  host: string
  /** 0: any free one. */
  port: number
  /** Ignores keys of real services, and keeps mail in an outbox. */
  offline: boolean
  /** Servers may be harmed from the page. */
  allowFaults: boolean
  /** Offers a page for Stately's inspector. */
  stately: boolean
  /** The room of a LiveKit server in which calls are held, in place of the page. */
  livekitRoom?: string | undefined
  instructions?: string | undefined
  /** Keeps users' own servers. */
  registry?: RegistryOptions | undefined
  /** A file for `switchboard replay`. */
  recordTo?: string | undefined
  json: boolean
}
