/** Where requests for users may go: over HTTPS to public addresses, and to what the operator names. */
export interface EgressPolicy {
  /** `host` or `host:port`, as in a URL. These may be at any address, and be asked over plain HTTP. Default: none. */
  allowHosts: readonly string[]
}
