export interface CallCommandOptions {
  function: string
  /** Its arguments, as they were typed. */
  words: string[]
  configFile: string | undefined
  /** For everything, the start of its server included. */
  timeoutMs: number | undefined
  /** Somebody has said yes to it. */
  confirmed: boolean
  json: boolean
}
