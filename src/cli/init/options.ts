export interface InitOptions {
  /** Names of clients, or files. None: all clients. */
  from: string[]
  out?: string
  example: boolean
  copySecrets: boolean
  yes: boolean
  json: boolean
}
