export const proxyDefaults = {
  port: 8091,
  tokenFile: 'proxy-token',
  /** How an agent uses one that listens there. */
  worker: 'worker --proxy http://127.0.0.1:8091/mcp --proxy-token-file proxy-token',
} as const

export interface ProxyCommandOptions {
  configFile: string | undefined
  watch: boolean
  /** For the program that started this process, in place of HTTP. */
  stdio: boolean
  /** 0: any free one. */
  port: number
  /** Holds the one token; made where it is missing. */
  tokenFile: string
  /** Names several clients, in place of `tokenFile`. */
  clientsFile: string | undefined
  json: boolean
}
