import type { ServerDefinition } from '../config/definition.ts'
import { readConfiguration } from '../config/read.ts'
import { parsePolicy } from '../contract/policy.ts'

/** How long a server may take to connect, by its entry or else the default. */
export function connectTimeoutOf(definition: ServerDefinition | undefined): number {
  return definition?.options.connectTimeoutMs ?? parsePolicy({}).connectTimeoutMs
}

/** Of the slowest server of a file. @throws SwitchboardError as `readConfiguration` */
export function longestConnectTimeout(configFile: string): number {
  const { entries } = readConfiguration(configFile, process.env)
  return Math.max(0, ...entries.map(({ definition }) => connectTimeoutOf(definition)))
}
