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
  const { entries, warnings } = parseServers(sourceOf(servers).mcpServers ?? {}, environment)
  const told = entries.map((entry) =>
    entry.problem === undefined ? entry : { name: entry.name, problem: asWritten(entry.problem) },
  )
  return { entries: told, warnings }
}

/** With what the user wrote in place of the entry that is made of it. */
function asWritten(problem: string): string {
  return problem
    .replace('mcpServers.proxy.url', '--proxy')
    .replace('mcpServers.proxy.headers.Authorization', proxyTokenVariable)
    .replace('put credentials into "headers"', `the token comes from ${proxyTokenVariable}`)
    .replace(/ is not an http or https URL$/, '$&; write it like http://127.0.0.1:8091/mcp')
}
