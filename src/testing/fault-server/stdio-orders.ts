/** Port and token of the test, with a space between. */
export const addressVariable = 'SWITCHBOARD_FAULT_SERVER'

/** What the test tells a process, one JSON line each. */
export interface ProcessOrder {
  write: string
  /** When it is written. */
  dies: boolean
}
