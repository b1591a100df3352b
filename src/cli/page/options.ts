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
  instructions?: string
  /** A file for `switchboard replay`. */
  recordTo?: string
  json: boolean
}
