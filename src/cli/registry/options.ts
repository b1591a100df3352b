export interface RegistryCommandOptions {
  /** Of the database, where there is no DATABASE_URL. */
  folder: string
  host: string
  /** 0: any free one. */
  port: number
  /** Default: where it listens. */
  publicUrl: string | undefined
  signInPage: string | undefined
  /** `host` or `host:port`. */
  allowHosts: string[]
  /** How many proxies stand in front. */
  proxies: number
  json: boolean
}

export interface StoreOptions {
  folder: string
  json: boolean
}

/** What is done without serving. */
export type StoreTask =
  | { kind: 'add key'; name: string; role: 'agent' | 'operator' }
  | { kind: 'list keys' }
  | { kind: 'remove key'; name: string }
  | { kind: 'rotate secrets' }
