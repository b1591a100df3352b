import type { Environment } from '../../config/expand.ts'
import { readConfiguration } from '../../config/read.ts'
import { type Configuration, parseServers } from '../../config/servers.ts'
import type { ServersSource } from '../../switchboard.ts'
import { proxyTokenVariable } from '../token-file.ts'

/** Where a job's servers come from: a proxy, which has started them, or a file. */
export type JobServers = { proxyUrl: string } | { configFile: string }

export function sourceOf(servers: JobServers): ServersSource {
  if ('configFile' in servers) return { configFile: servers.configFile }
  // The token stays in the environment: a process list shows command lines, not that.
  const headers = { Authorization: `Bearer \${${proxyTokenVariable}}` }
  return { mcpServers: { proxy: { url: servers.proxyUrl, headers, switchboard: { proxy: true } } } }
}

/** @throws SwitchboardError for a file that cannot be used */
export function configurationOf(servers: JobServers, environment: Environment): Configuration {
  if ('configFile' in servers) return readConfiguration(servers.configFile, environment)
  return parseServers(sourceOf(servers).mcpServers ?? {}, environment)
}
