export interface PageOptions {
  configFile?: string
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
  livekitRoom?: string
  instructions?: string
  /** A file for `switchboard replay`. */
  recordTo?: string
  json: boolean
}
