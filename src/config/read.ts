import type { Environment } from './expand.ts'
import { readConfigurationFile } from './file.ts'
import { type Configuration, parseServers } from './servers.ts'

/**
 * Reads a configuration file in the form of any client that `readConfigurationFile` knows. Comments and trailing commas are allowed.
 * @throws SwitchboardError `file_missing`, `file_unreadable`, `not_json`, `wrong_form`
 */
export function readConfiguration(file: string, environment: Environment): Configuration {
  const { servers, ...form } = readConfigurationFile(file)
  return parseServers(servers, environment, form)
}
